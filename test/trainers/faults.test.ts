import { beforeAll } from 'vitest'
import { testFaults } from './fault-suite.ts'
import { startTrainer } from './trainer.ts'

beforeAll(() => startTrainer(), 300_000)

testFaults('lightgbm')
