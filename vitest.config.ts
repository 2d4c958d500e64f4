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
    // Vitest would leave one core idle: half of the machine where there are two.
    maxWorkers: '100%',
    // What comes to pass is waited for, however busy the machine; what does not fails either way.
    expect: { poll: { timeout: 30_000, interval: 10 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
