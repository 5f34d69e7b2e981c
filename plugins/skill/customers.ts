import type { PluginContext } from '../../engine/plugin/index.ts'
import { type CustomerFile, readCustomers } from './customer-file.ts'
import type { FactRecord } from './facts.ts'
import type { FileStamp, Files } from './files.ts'
import type { CustomersOptions } from './options.ts'

/** The customers of a file that is read again whenever it has changed. */
export interface Customers {
  /** At once, from memory. */
  find(number: string): FactRecord | undefined
  /** Reads the file if it is not the one that was read last. */
  check(): Promise<void>
}

interface CustomersParts
  extends Pick<PluginContext, 'log' | 'metrics' | 'reportHealth' | 'tenant'> {
  readonly options: CustomersOptions
  readonly wanted: ReadonlySet<string>
  readonly normalise: (number: string) => string
  readonly files: Files
}

/**
 * Holds the customers. A file that cannot be used leaves those of the one before,
 * and makes the plugin not ready: a rollout with it stops.
 */
export function createCustomers(parts: CustomersParts): Customers {
  const { options, files, log, metrics, tenant } = parts
  const count = metrics.gauge({
    name: 'switchyard_skill_customers',
    help: 'Customers known from the file.',
    labels: ['tenant'],
  })
  const bad = metrics.gauge({
    name: 'switchyard_skill_customer_bad_lines',
    help: 'Lines of the file that could not be used.',
    labels: ['tenant'],
  })
  let customers: CustomerFile['customers'] = new Map()
  let known: FileStamp | undefined
  let reported: string | undefined

  function report(fault: string | undefined): void {
    parts.reportHealth('customers', fault)
    if (fault !== undefined && fault !== reported) {
      log.error({ file: options.file, fault }, 'the file of customers cannot be used')
    }
    reported = fault
  }

  function take(file: CustomerFile): void {
    customers = file.customers
    count(customers.size, { tenant })
    bad(file.badCount, { tenant })
    const fields = { file: options.file, customers: customers.size }
    if (file.badCount === 0) {
      log.info(fields, 'the customers were read')
    } else {
      const { badCount, badLines } = file
      log.warn({ ...fields, badCount, badLines }, 'some lines of the customers cannot be used')
    }
  }

  return {
    find: (number) => customers.get(number),

    async check() {
      try {
        const stamp = await files.stamp(options.file)
        if (known !== undefined && isSame(stamp, known)) {
          return
        }
        const bytes = await files.read(options.file)
        if (!isSame(await files.stamp(options.file), stamp)) {
          // It is just being written: the next look finds it whole.
          return
        }
        known = stamp
        const { number, delimiter } = options
        const { wanted, normalise } = parts
        take(await readCustomers(bytes, { number, delimiter, wanted, normalise }))
        report(undefined)
      } catch (error) {
        report(describe(error))
      }
    },
  }
}

function isSame(a: FileStamp, b: FileStamp): boolean {
  return a.modifiedAt === b.modifiedAt && a.size === b.size
}

/** What is wrong with it: the system's code, or our own words; never what it holds. */
function describe(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string'
    ? `it cannot be read (${code})`
    : error instanceof TypeError
      ? error.message
      : 'it cannot be read'
}
