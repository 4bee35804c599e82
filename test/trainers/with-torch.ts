import { beforeAll, beforeEach } from 'vitest'
import { hasPythonEnvironment } from '../../activities/children/python-environment.ts'
import { machineCache } from '../../config/machine-cache.ts'
import { folderOf, startTrainer } from './trainer.ts'

const asked = process.env['TEST_TORCH'] === '1'
const there = asked || (await hasPythonEnvironment(machineCache(process.env), folderOf('torch')))

/** Its environment takes 5.6 GB: what needs it runs where it is there already, or is asked for. */
export function withTorch(): void {
  beforeAll(() => (there ? startTrainer('torch') : undefined), 1_200_000)
  beforeEach(({ skip }) => skip(!there, 'this machine has no environment of trainers/torch; TEST_TORCH=1 makes it'))
}
