import type { PluginContext } from '../../engine/plugin/index.ts'
import { type CustomerFile, readCustomers } from './customer-file.ts'
import type { FactRecord } from './facts.ts'
import type { FileStamp, Files } from './files.ts'
import type { CustomersOptions } from './options.ts'

/** The customers of a file that is reread whenever it has changed. */
export interface Customers {
  /** The facts of a customer, from memory. */
  find(number: string): FactRecord | undefined
  /** Reads the file if it has changed since it was last read. */
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
 * Creates an empty set of customers. If a file is invalid, the customers read before stay in
 * use, and the plugin becomes not ready, so that a rollout with that file stops.
 */
export function createCustomers(parts: CustomersParts): Customers {
  const { options, files, log, metrics, tenant } = parts
  const count = metrics.gauge({
    name: 'switchyard_skill_customers',
    help: 'Customers read from the customer file.',
    labels: ['tenant'],
  })
  const bad = metrics.gauge({
    name: 'switchyard_skill_customer_bad_lines',
    help: 'Bad lines in the customer file; they are skipped.',
    labels: ['tenant'],
  })
  let customers: CustomerFile['customers'] = new Map()
  let known: FileStamp | undefined
  let reported: string | undefined

  function report(fault: string | undefined): void {
    parts.reportHealth('customers', fault)
    if (fault !== undefined && fault !== reported) {
      log.error(
        { file: options.file, fault },
        'the customer file is invalid; the customers read before stay in use',
      )
    }
    reported = fault
  }

  function take(file: CustomerFile): void {
    customers = file.customers
    count(customers.size, { tenant })
    bad(file.badCount, { tenant })
    const fields = { file: options.file, customers: customers.size }
    if (file.badCount === 0) {
      log.info(fields, 'the customer file was read')
    } else {
      const { badCount, badLines } = file
      log.warn(
        { ...fields, badCount, badLines },
        'the customer file was read; its bad lines were skipped',
      )
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
          // It is being written: the next check reads it.
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

/** What is wrong with the file: the system's error code or our own text, never its contents. */
function describe(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string'
    ? `cannot be read (${code})`
    : error instanceof TypeError
      ? error.message
      : 'cannot be read'
}
