import { leadingInteger, type Param, type Params } from './callcenter.ts'
import { type Journal, quote } from './journal.ts'

/** Reads the values of one queue or agent as mod_callcenter does, and reports invalid ones. */
export interface Values {
  text(name: string): string | undefined
  /** A queue's number, 0 to 86,400. Anything else gives the fallback. */
  seconds(name: string, fallback: number): number
  flag(name: string, fallback: boolean): boolean
  /** An agent's number as atoi(3) reads it, limited to 0 to 86,400. */
  count(name: string, fallback: number): number
  get(name: string): Param | undefined
}

const maxCount = 86_400
const yes = /^(yes|on|true|t|enabled|active|allow|[+-]?\d*[1-9]\d*)$/i
const no = /^(no|off|false|f|disabled|inactive|disallow|[+-]?0+)$/i

/** Creates the reader. Invalid values go into the journal under `subject`. */
export function createValues(params: Params, subject: string, journal: Journal): Values {
  /** Reads a value. An invalid one gives `fallback` and a remark. */
  function readOr<T>(name: string, fallback: T, read: (value: string) => T | undefined): T {
    const param = params.get(name)
    // An unknown variable has already been reported as a fault.
    if (param === undefined || param.value.includes('$${')) {
      return fallback
    }
    const value = read(param.value.trim())
    if (value !== undefined) {
      return value
    }
    const message = `${name}: invalid value ${quote(param.value)}; using ${fallback}, as mod_callcenter does`
    journal.add('look', param.place, subject, message)
    return fallback
  }

  return {
    get: (name) => params.get(name),
    text: (name) => params.get(name)?.value,
    seconds: (name, fallback) =>
      readOr(name, fallback, (value) =>
        /^\d{1,9}$/.test(value) && Number(value) <= maxCount ? Number(value) : undefined,
      ),
    flag: (name, fallback) =>
      readOr(name, fallback, (value) =>
        yes.test(value) ? true : no.test(value) ? false : undefined,
      ),
    count(name, fallback) {
      const param = params.get(name)
      if (param === undefined) {
        return fallback
      }
      const read = leadingInteger(param.value)
      const value = Math.min(Math.max(read, 0), maxCount)
      if (String(value) !== param.value.trim() && !param.value.includes('$${')) {
        const message = `${name}: ${quote(param.value)} is read as ${value}`
        journal.add('look', param.place, subject, message)
      }
      return value
    },
  }
}
