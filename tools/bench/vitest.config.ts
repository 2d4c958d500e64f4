import { mergeConfig, defineConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['tools/bench/src/run.bench.ts'] } }),
)
