import { assertEvent, setup } from 'xstate'
import type { CallContext, Of, Step } from './call-context.ts'
import type { CallEffect, CallEvent, CallInput } from './call-event.ts'

/** The kind of machine that a call is. */
export const call = setup({
  types: {
    context: {} as CallContext,
    events: {} as CallEvent,
    emitted: {} as CallEffect,
    input: {} as CallInput,
  },
})

/** Runs a step on the event of its transition: changes the call, then emits its effects in order. */
export function on<T extends CallEvent['type']>(
  types: T | readonly T[],
  step: (context: CallContext, event: Of<T>) => Step,
) {
  return call.enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, types)
    perform(step(context, event as unknown as Of<T>), enqueue)
  })
}

/** Runs a step that any event, also the first, may lead to. */
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
