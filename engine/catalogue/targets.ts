import type { QueueId } from './ids.ts'

/** A place in the switch's own dialplan. */
export interface DialplanTarget {
  readonly extension: string
  /** @default XML */
  readonly dialplan: string
  /** @default default */
  readonly context: string
}

/** Where a transfer goes that names only its extension. */
export const defaultDialplan: Omit<DialplanTarget, 'extension'> = {
  dialplan: 'XML',
  context: 'default',
}

/**
 * Reads `EXTENSION [DIALPLAN [CONTEXT]]`. A leading `-` is refused: it would be an option of the switch's
 * command.
 *
 * @returns undefined when the text is not a valid target
 */
export function readDialplanTarget(text: string): DialplanTarget | undefined {
  const [extension = '', dialplan = defaultDialplan.dialplan, context = defaultDialplan.context] =
    text.split(' ')
  return /^[^\p{Cc}\s-][^\p{Cc}\s]*( [^\p{Cc}\s]+){0,2}$/u.test(text)
    ? { extension, dialplan, context }
    : undefined
}

/** Hands the call to the switch's dialplan. */
export interface TransferTarget extends DialplanTarget {
  readonly type: 'transfer'
}

/** Hangs the caller up. */
export interface HangUpTarget {
  readonly type: 'hangUp'
  /** One of `hangupCauses`. */
  readonly cause: string
}

export interface QueueTarget {
  readonly type: 'queue'
  readonly queueId: QueueId
}

/** One of the tenant's flows. */
export interface FlowTarget {
  readonly type: 'flow'
  /** Its name in the configuration. */
  readonly flow: string
}

/** Where a dialled number leads. */
export type RouteTarget = QueueTarget | FlowTarget

/** Where a queue sends a call that it gives up. */
export type OverflowTarget = QueueTarget | FlowTarget | TransferTarget | HangUpTarget
