import { assertEvent, setup } from 'xstate'
import type { CallContext, Of, Step } from './call-context.ts'
import type { CallEffect, CallEvent, CallInput } from './call-event.ts'

/** The types of the call machine. */
export const call = setup({
  types: {
    context: {} as CallContext,
    events: {} as CallEvent,
    emitted: {} as CallEffect,
    input: {} as CallInput,
  },
})

/**
 * An action that runs a step with the event of the transition: applies its change, then emits its
 * effects in order.
 */
export function on<T extends CallEvent['type']>(
  types: T | readonly T[],
  step: (context: CallContext, event: Of<T>) => Step,
) {
  return call.enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, types)
    perform(step(context, event as unknown as Of<T>), enqueue)
  })
}

/** An action that runs a step without an event. Also fits transitions that no event triggers. */
export function always(step: (context: CallContext) => Step) {
  return call.enqueueActions(({ context, enqueue }) => perform(step(context), enqueue))
}

function perform(
  { change, effects = [] }: Step,
  enqueue: { assign(change: Partial<CallContext>): void; emit(effect: CallEffect): void },
): void {
  if (change !== undefined) {
    enqueue.assign(change)
  }
  for (const effect of effects) {
    enqueue.emit(effect)
  }
}
