import type { z } from 'zod'

/** Parts of paths and keys come from outside: those that are not plain words are not repeated. */
const plainWord = /^[A-Za-z][\w-]{0,63}$/

/**
 * Lists the faults of a value, field by field, each with its cure. It never repeats a value, which
 * may be a secret or a caller's number.
 *
 * @param whole the name for the value itself, for a fault that is not in a field
 */
export function describeShapeFaults(error: z.ZodError, whole: string): string {
  return error.issues.map((issue) => describeIssue(issue, whole)).join('; ')
}

function describeIssue(issue: z.core.$ZodIssue, whole: string): string {
  const field = issue.path.map(word).join('.') || whole
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${word(key)}"`).join(', ')
    return `${field}: ${keys} is not known here: remove it or correct its name`
  }
  if (issue.code === 'invalid_union') {
    return `${field}: ${describeUnion(issue, field)}`
  }
  return `${field}: ${lower(issue.message)}`
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion, field: string): string {
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
    const known = options.map((option) => `"${String(option)}"`).join(', ')
    return known === '' ? `no such ${issue.discriminator}` : `must be one of ${known}`
  }
  const [choice] = issue.errors
  return choice?.map((one) => describeIssue(one, field)).join('; ') ?? lower(issue.message)
}

function word(part: PropertyKey): string {
  const text = String(part)
  return typeof part === 'number' || plainWord.test(text) ? text : '?'
}

function lower(message: string): string {
  const text = message.replace(/^Invalid input: /, '')
  if (text.endsWith(', received undefined')) {
    return `is missing: ${text.slice(0, -', received undefined'.length)}`
  }
  return text.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase())
}
