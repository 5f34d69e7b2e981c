import { assertEvent, setup } from 'xstate'
import type { CallEffect, CallEvent, CallInput } from './call-event.ts'
import {
  type CallContext,
  carryOn,
  complete,
  dismiss,
  endOffer,
  giveUp,
  handOver,
  hold,
  overflow,
  part,
  queueUp,
  refuseLateAnswer,
  releaseAgent,
  resume,
  ring,
  type Step,
  startTalk,
  wait,
  withdraw,
} from './steps.ts'

type EventType = CallEvent['type']
type Of<T extends EventType> = Extract<CallEvent, { type: T }>

const call = setup({
  types: {
    context: {} as CallContext,
    events: {} as CallEvent,
    emitted: {} as CallEffect,
    input: {} as CallInput,
  },
})

/** Runs a step on the event of its transition: changes the call, then emits its wishes in order. */
function on<T extends EventType>(
  types: T | readonly T[],
  step: (context: CallContext, event: Of<T>) => Step,
) {
  return call.enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, types)
    perform(step(context, event as unknown as Of<T>), enqueue)
  })
}

/** Runs a step that any event, also the first, may lead to. */
function always(step: (context: CallContext) => Step) {
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

interface Asked<T extends EventType> {
  readonly context: CallContext
  readonly event: Of<T>
}

const isStandingOffer = ({ context, event }: Asked<'offerEnded' | 'offerRefused'>): boolean =>
  context.standing?.offerId === event.offerId
const isOfferedLeg = ({ context, event }: Asked<'joined'>): boolean =>
  context.standing?.legs.some(({ legId }) => legId === event.legId) ?? false
const isCounted = (asked: Asked<'joined'>): boolean =>
  isOfferedLeg(asked) && !asked.context.isWithdrawn
const isTalkLeg = ({ context, event }: Asked<'parted' | 'agentLegGone' | 'joined'>): boolean =>
  context.talk?.legId === event.legId
const isTalkOffer = ({ context, event }: Asked<'offerEnded'>): boolean =>
  context.talk?.offerId === undefined || context.talk.offerId === event.offerId

const markHandOver = on(['offerEnded', 'joined', 'parkedAgain'], (context, { at }) =>
  handOver(context, at),
)

/**
 * Life of one call, from entering a queue to the last hang-up.
 *
 * The machine performs nothing: every wish is an emitted {@link CallEffect}, and
 * time is what each event says. It holds no timer: deadlines are the core's.
 */
export const callMachine = call.createMachine({
  id: 'call',
  context: ({ input }) => ({
    ...input,
    isMusicOn: input.found?.isMusicOn ?? false,
    standing: undefined,
    isWithdrawn: false,
    next: undefined,
    talk:
      input.found?.talk === undefined
        ? undefined
        : {
            ...input.found.talk,
            offerId: undefined,
            since: input.at,
            heldSince: undefined,
            holdMs: 0,
            isAgentOn: true,
            endedBy: 'switch',
          },
  }),
  initial: 'starting',
  on: {
    '*': { actions: call.emit(({ event }) => ({ type: 'ignore', fact: event.type })) },
  },
  states: {
    starting: {
      always: [
        {
          guard: ({ context }) => context.talk !== undefined,
          target: 'talking',
          actions: always(carryOn),
        },
        { target: 'waiting', actions: always((context) => queueUp(context, context.at)) },
      ],
    },
    waiting: {
      on: {
        offered: { actions: on('offered', ring) },
        notOffered: { actions: always(wait) },
        withdrawn: { actions: on('withdrawn', withdraw) },
        offerEnded: [
          {
            guard: ({ event }) => event.isTransferred,
            target: 'gone',
            actions: markHandOver,
          },
          {
            guard: isStandingOffer,
            actions: on('offerEnded', (context, { disposition, at }) =>
              endOffer(context, disposition, at),
            ),
          },
        ],
        offerRefused: {
          guard: isStandingOffer,
          actions: on('offerRefused', (context, { cause, at }) => endOffer(context, cause, at)),
        },
        offerVanished: {
          actions: on('offerVanished', (context, { at }) => endOffer(context, 'UNHEARD', at)),
        },
        joined: [
          { guard: isCounted, target: 'talking', actions: on('joined', startTalk) },
          { guard: isOfferedLeg, actions: on('joined', refuseLateAnswer) },
          // Somebody picked the caller out of the queue by other means.
          { target: 'gone', actions: markHandOver },
        ],
        maxWaitReached: [
          {
            guard: ({ event }) => event.overflow.type === 'queue',
            actions: on('maxWaitReached', overflow),
          },
          { target: 'gone', actions: on('maxWaitReached', overflow) },
        ],
        parkedAgain: { target: 'gone', actions: markHandOver },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
      },
    },
    talking: {
      on: {
        held: { actions: on('held', (context, { at }) => hold(context, at)) },
        unheld: { actions: on('unheld', (context, { at }) => resume(context, at)) },
        parted: { guard: isTalkLeg, actions: on('parted', part) },
        agentLegGone: { guard: isTalkLeg, actions: always(releaseAgent) },
        offerEnded: [
          {
            guard: ({ event }) => event.isTransferred,
            target: 'handedOver',
            actions: markHandOver,
          },
          {
            guard: ({ context, event }) =>
              isTalkOffer({ context, event }) && context.talk?.endedBy !== 'caller',
            actions: always(dismiss),
          },
        ],
        offerVanished: { actions: always(dismiss) },
        joined: {
          guard: (asked) => !isTalkLeg(asked),
          target: 'handedOver',
          actions: markHandOver,
        },
        parkedAgain: { target: 'handedOver', actions: markHandOver },
        callerGone: {
          target: 'gone',
          actions: on('callerGone', (context, { at }) => complete(context, at)),
        },
      },
    },
    /** The caller is no longer ours; the agent may still be on the phone. */
    handedOver: {
      always: { guard: ({ context }) => context.talk?.isAgentOn !== true, target: 'gone' },
      on: {
        agentLegGone: { guard: isTalkLeg, actions: always(releaseAgent) },
      },
    },
    gone: { type: 'final' },
  },
})
