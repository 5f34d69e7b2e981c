import type { z } from 'zod'
import type { KvStore, Subscription } from '../bus/bus.ts'
import { describeShapeFaults } from '../commands/shape-faults.ts'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'
import { decodeKey, encodeKey } from './key-text.ts'

/** A value and the revision it had when it was read. */
export interface Kept<T> {
  readonly value: T
  /** Grows with each change; the token of compare-and-set. */
  readonly revision: number
}

/**
 * A plugin's store, shared by all its replicas: JSON values by key, validated by a
 * schema. Keys may be any text. Every operation fails with SY_BUS_UNAVAILABLE while
 * the broker is unreachable.
 */
export interface PluginKv<T> {
  get(key: string): Promise<Kept<T> | undefined>
  /** Resolves to false, and changes nothing, when the key exists. */
  create(key: string, value: T): Promise<boolean>
  /** Sets a value unconditionally. Where replicas may race, use {@link update}. */
  put(key: string, value: T): Promise<void>
  /**
   * Changes a value by compare-and-set: reads it, passes it to `change`, and writes
   * the result unless somebody else has written meanwhile; in that case it starts over.
   * `change` may run several times, so it must have no side effects. Returning undefined
   * removes the key; returning the value it was given writes nothing.
   *
   * @returns the value stored now
   * @throws SwitchyardError SY_BUS_CONFLICT after 100 lost races
   */
  update(key: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined>
  delete(key: string): Promise<void>
  /** All keys, in no particular order. Reads the keys of all the plugin's stores: too slow to do per event. */
  keys(): Promise<readonly string[]>
  /** Reports every existing key, then each change; undefined means that the key was removed. */
  watch(onChange: (key: string, value: T | undefined) => void): Promise<Subscription>
}

const maxRaces = 100
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Opens one of the plugin's stores: the keys of its bucket that begin with the store's name.
 *
 * @param store returns the plugin's bucket
 */
export function createPluginKv<T>(
  store: () => KvStore,
  name: string,
  schema: z.ZodType<T>,
): PluginKv<T> {
  const prefix = `${encodeKey(name)}.`
  const keyOf = (key: string) => `${prefix}${encodeKey(key)}`

  function encode(value: T): Uint8Array {
    return encoder.encode(JSON.stringify(check(value)))
  }

  function decode(bytes: Uint8Array): T {
    let value: unknown
    try {
      value = JSON.parse(decoder.decode(bytes))
    } catch {
      throw new SwitchyardError('SY_PLUGIN_INVALID', `${name}: a stored value is not JSON`)
    }
    return check(value)
  }

  /** The key stays out of the message: it may be a caller's number. */
  function check(value: unknown): T {
    const result = schema.safeParse(value)
    if (!result.success) {
      const faults = describeShapeFaults(result.error, 'value')
      throw new SwitchyardError(
        'SY_PLUGIN_INVALID',
        `${name}: a value does not match the schema: ${faults}`,
      )
    }
    return result.data
  }

  async function get(key: string): Promise<Kept<T> | undefined> {
    const entry = await store().get(keyOf(key))
    return entry && { value: decode(entry.value), revision: entry.revision }
  }

  async function write(key: string, kept: Kept<T> | undefined, next: T | undefined): Promise<void> {
    if (next === undefined) {
      if (kept !== undefined) {
        await store().delete(keyOf(key), kept.revision)
      }
    } else if (kept === undefined) {
      await store().create(keyOf(key), encode(next))
    } else {
      await store().update(keyOf(key), encode(next), kept.revision)
    }
  }

  return {
    get,

    async create(key, value) {
      try {
        await store().create(keyOf(key), encode(value))
        return true
      } catch (error) {
        if (isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
          return false
        }
        throw error
      }
    },

    async put(key, value) {
      await store().put(keyOf(key), encode(value))
    },

    async update(key, change) {
      for (let race = 0; race < maxRaces; race += 1) {
        const kept = await get(key)
        const next = change(kept?.value)
        if (next === kept?.value) {
          return next
        }
        try {
          await write(key, kept, next)
          return next
        } catch (error) {
          if (!isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
            throw error
          }
        }
      }
      throw new SwitchyardError(
        'SY_BUS_CONFLICT',
        `${name}: the update lost ${maxRaces} races against other writers`,
      )
    },

    async delete(key) {
      await store().delete(keyOf(key))
    },

    async keys() {
      const all = await store().keys()
      return all
        .filter((key) => key.startsWith(prefix))
        .map((key) => decodeKey(key.slice(prefix.length)))
    },

    async watch(onChange) {
      return await store().watch((key, entry) => {
        if (key.startsWith(prefix)) {
          const own = decodeKey(key.slice(prefix.length))
          onChange(own, entry && decode(entry.value))
        }
      })
    },
  }
}
