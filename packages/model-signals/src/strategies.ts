import { bookVelocity } from './strategies/book-velocity.ts'
import { coherence } from './strategies/coherence.ts'
import { correlationDivergence } from './strategies/correlation-divergence.ts'
import { ensembleEdge } from './strategies/ensemble-edge.ts'
import { leaderFollower } from './strategies/leader-follower.ts'
import { marketMaking } from './strategies/market-making.ts'
import { migration } from './strategies/migration.ts'
import type { Strategy } from './strategy.ts'

/** Every strategy there is, in the order they are evaluated in. One line adds one. */
export const strategies: readonly Strategy[] = [
  leaderFollower,
  migration,
  ensembleEdge,
  bookVelocity,
  correlationDivergence,
  coherence,
  marketMaking,
]
