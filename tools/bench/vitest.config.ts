import { defineConfig } from 'vitest/config'

// What is measured is what runs: the compiled packages, imported by Node itself. The sources through
// Vitest's module runner are twice as slow where a hot path calls across modules.
export default defineConfig({
  test: {
    include: ['tools/bench/src/run.bench.ts'],
    pool: 'forks',
    server: { deps: { external: [/\/(?:packages|services)\/[^/]+\/dist\//] } },
    testTimeout: 1_200_000,
  },
})
