import type { z } from 'zod'
import type { ConfigFault } from './errors.ts'

type Issue = z.core.$ZodIssue

/** What zod found, in our words. `name` turns `temporal.address` into what the user wrote. */
export function faultsOf(error: z.ZodError, name: (path: string) => string): readonly ConfigFault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, name))
}

function faultsOfIssue(issue: Issue, name: (path: string) => string): readonly ConfigFault[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      where: name(path === '' ? key : `${path}.${key}`),
      expected: 'a key that is known',
      got: `'${key}'`,
      remedy: key === 'apiKey' ? 'set TEMPORAL_API_KEY: secrets stay out of files' : 'correct its name or delete it',
    }))
  }
  if (issue.code === 'invalid_union') {
    const [closest] = issue.errors.toSorted((one, other) => depth(other) - depth(one))
    const inner = closest && depth(closest) > 0 ? closest : undefined
    if (inner) return inner.flatMap((each) => faultsOfIssue({ ...each, path: [...issue.path, ...each.path] }, name))
  }
  return [
    {
      where: name(path).replace(/: $/, ''),
      expected: expectedOf(issue),
      got: shown(issue.input),
      remedy: 'correct the value',
    },
  ]
}

/** How far an alternative of a union got: one that fails inside was meant. */
function depth(issues: readonly Issue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)))
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
    case 'too_small':
      return issue.origin === 'string' ? 'some text' : `>= ${String(issue.minimum)}`
    case 'too_big':
      return `<= ${String(issue.maximum)}`
    case 'invalid_union':
      return 'true, false or an object'
    default:
      return issue.message
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
