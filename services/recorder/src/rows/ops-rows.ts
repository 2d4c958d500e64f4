import { textArray } from '@kwm/adapter-pg'
import { json } from './event-table.ts'
import type { EventTable, EventTables } from './event-table.ts'

const CONTROL_COLUMNS = ['action', 'mode', 'reason', 'requested_by', 'details']

type Request =
  | 'ops.halt-requested.v1'
  | 'ops.resume-requested.v1'
  | 'risk.halted.v1'
  | 'risk.resumed.v1'

const request = (action: string): EventTable<Request> => ({
  table: 'ops.control',
  columns: CONTROL_COLUMNS,
  values: (d) => [action, null, d.reason, d.requestedBy, '{}'],
})

export const opsTables: EventTables<
  | Request
  | 'ops.tick.v1'
  | 'ops.feed-status.v1'
  | 'ops.service-started.v1'
  | 'ops.mode-changed.v1'
  | 'exec.reconciled.v1'
> = {
  'ops.tick.v1': {
    table: 'ops.ticks',
    columns: ['second', 'source'],
    values: (d) => [d.second, d.source],
  },
  'ops.feed-status.v1': {
    table: 'ops.feed_status',
    columns: [
      'feed',
      'status',
      'reason',
      'connection_id',
      'frames_in',
      'applied',
      'duplicate',
      'quarantined',
      'rejected',
    ],
    values: (d) => [
      d.feed,
      d.status,
      d.reason,
      d.connectionId,
      d.framesIn,
      d.applied,
      d.duplicate,
      d.quarantined,
      d.rejected,
    ],
  },
  'ops.service-started.v1': {
    table: 'ops.service_starts',
    columns: ['service', 'machines', 'config', 'version', 'resumed_from_seq'],
    values: (d) => [d.service, textArray(d.machines), json(d.config), d.version, d.resumedFromSeq],
  },
  'ops.halt-requested.v1': request('halt-requested'),
  'ops.resume-requested.v1': request('resume-requested'),
  'risk.halted.v1': request('halted'),
  'risk.resumed.v1': request('resumed'),
  'ops.mode-changed.v1': {
    table: 'ops.control',
    columns: CONTROL_COLUMNS,
    values: (d) => ['mode-changed', d.mode, null, d.requestedBy, '{}'],
  },
  'exec.reconciled.v1': {
    table: 'ops.control',
    columns: CONTROL_COLUMNS,
    values: ({ mode, ...details }) => ['reconciled', mode, null, null, json(details)],
  },
}
