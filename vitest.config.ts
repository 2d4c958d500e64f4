import { defineConfig } from 'vitest/config'

// Vitest hands these to Node as well, for require() too: with 'import' or 'module' among them a
// CommonJS package such as pg would load the ES modules of its own dependencies.
const conditions = ['@kwm/source', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'services/*/test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
    ],
    setupFiles: ['tools/test/seed.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
