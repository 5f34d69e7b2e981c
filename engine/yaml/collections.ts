import { z } from 'zod'
import { expected, type idKey, refusal } from './scalars.ts'

/** What a map with the keys of `Shape` holds after conversion. */
export type Converted<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>

/**
 * A map with these keys and no others.
 *
 * @param example a line of the file, for a writer who left it out or wrote another kind of value;
 *   what follows its first key is the example in the documentation
 * @param noun what is expected here
 */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
  example: string,
  noun = 'a map of keys',
) {
  const describe = expected(noun, example)
  return z
    .strictObject(shape, {
      // The known keys travel as the message; the fault is made from them.
      error: (issue) =>
        issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : describe(issue),
    })
    .meta({ example: valueIn(example) })
}

/** A map from names to values of one kind. */
export function named<Value extends z.ZodType>(key: z.ZodString, value: Value, example: string) {
  return z
    .record(key, value, { error: expected('a map of names', example) })
    .meta({ example: valueIn(example) })
}

/** As {@link named}, with at least one entry. */
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

/** A list of values of one kind. */
export function list<Item extends z.ZodType>(item: Item, example: string) {
  return z.array(item, { error: expected('a list', example) }).meta({ example: valueIn(example) })
}

/** A section in which exactly one key is given. */
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

/** `{ busy: 5s }` of `rest: { busy: 5s }`. */
function valueIn(example: string): string {
  return example.replace(/^[\w-]+: /, '')
}

/**
 * Whether a rule about the keys of a map can be judged. It also can while a value in the map is
 * wrong, so that both faults are shown at once.
 */
export function isWholeMap({ value, issues }: z.core.ParsePayload): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !issues.some(({ code }) => code === 'unrecognized_keys')
  )
}
