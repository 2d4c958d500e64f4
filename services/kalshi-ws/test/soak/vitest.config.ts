import { defineConfig } from 'vitest/config'

// Not among the tests: `make soak` runs it, for MINUTES.
const conditions = ['@kwm/source', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['services/kalshi-ws/test/soak/*.soak.ts'], pool: 'forks' },
})
