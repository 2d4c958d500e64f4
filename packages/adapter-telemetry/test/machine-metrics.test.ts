import { expect, test } from 'vitest'
import { createMachineMetrics, createRegistry } from '@kwm/adapter-telemetry'

test('what a host reports comes out as metrics with closed labels', async () => {
  const registry = createRegistry('pmf-model')
  const observer = createMachineMetrics(registry, 'pmf-model')
  observer.input('ops.tick.v1', 0.00002)
  observer.input('ops.tick.v1', 0.02)
  observer.input('KXHIGHNY-26NOV20-B48.5', 0.1)
  observer.output('pmf.fused-pmf.v1')
  observer.output('pmf.fused-pmf.v1')
  observer.deadLetter('TAPE_UNPARSABLE_RECORD')
  observer.deadLetter('data.priceBps: expected number')
  observer.snapshot(1_234, 0.02)
  observer.caughtUp(1.5, 100)
  observer.position(4_711)

  const text = await registry.metrics()
  const service = 'service="pmf-model"'
  for (const line of [
    `pmf_model_input_seconds_count{${service},type="ops.tick.v1"} 2`,
    `pmf_model_input_seconds_bucket{le="0.000025",${service},type="ops.tick.v1"} 1`,
    `pmf_model_input_seconds_count{${service},type="other"} 1`,
    `pmf_model_outputs_total{type="pmf.fused-pmf.v1",${service}} 2`,
    `pmf_model_dead_letters_total{reason="TAPE_UNPARSABLE_RECORD",${service}} 1`,
    `pmf_model_dead_letters_total{reason="other",${service}} 1`,
    `pmf_model_snapshot_bytes{${service}} 1234`,
    `pmf_model_snapshot_seconds_count{${service}} 1`,
    `pmf_model_catch_up_seconds{${service}} 1.5`,
    `pmf_model_catch_up_records{${service}} 100`,
    `pmf_model_tape_position_records{${service}} 4711`,
  ]) {
    expect(text).toContain(`${line}\n`)
  }
  expect(text).not.toContain('KXHIGHNY')
})
