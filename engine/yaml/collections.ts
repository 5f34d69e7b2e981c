import { z } from 'zod'
import { expected, type idKey, refusal } from './scalars.ts'

/**
 * A map with these keys and no others.
 *
 * @param example what to write, for whoever left it out or wrote another kind of value
 * @param noun what is expected here
 */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
  example: string,
  noun = 'a map of keys',
) {
  const describe = expected(noun, example)
  return z.strictObject(shape, {
    // The keys that are known travel as the message; the fault is made from them.
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : describe(issue),
  })
}

/** A map from names to values of one kind. */
export function named<Value extends z.ZodType>(key: z.ZodString, value: Value, example: string) {
  return z.record(key, value, { error: expected('a map of names', example) })
}

/** As {@link named}, with one entry at least. */
export function someNamed<Value extends z.ZodType>(
  key: ReturnType<typeof idKey>,
  value: Value,
  example: string,
) {
  return named(key, value, example)
    .refine((entries) => Object.keys(entries).length > 0, {
      error: refusal('is empty', `add an entry, for example ${example}`),
    })
    .meta({ minProperties: 1 })
}

export function list<Item extends z.ZodType>(item: Item, example: string) {
  return z.array(item, { error: expected('a list', example) })
}

/** A section of which exactly one key is given. */
export function choice<Shape extends z.ZodRawShape>(shape: Shape, example: string, noun?: string) {
  return section(shape, example, noun)
    .refine((value) => Object.keys(value).length === 1, {
      error: refusal(
        `needs exactly one of: ${Object.keys(shape).join(', ')}`,
        `for example ${example}`,
      ),
      when: isWholeMap,
    })
    .meta({ minProperties: 1, maxProperties: 1 })
}

/**
 * When a rule about the keys of a map can be judged: also while a value in it is
 * wrong, so that both faults show at once.
 */
export function isWholeMap({ value, issues }: z.core.ParsePayload): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !issues.some(({ code }) => code === 'unrecognized_keys')
  )
}
