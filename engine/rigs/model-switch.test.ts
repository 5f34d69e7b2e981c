import t from 'tap'
import type { LegId } from '../catalogue/ids.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type { CommandResult, SwitchCommand } from '../switch/switch.ts'
import { type ModelDial, ModelSwitch } from './model-switch.ts'

/** A model that has been asked to dial, and what it has reported since. */
function createWorld() {
  const model = new ModelSwitch(
    () => 0,
    () => undefined,
  )
  const reported: SwitchEvent[] = []
  const answers: CommandResult[] = []
  model.start({
    event: (event) => reported.push(event),
    connected: () => undefined,
    disconnected: () => undefined,
  })
  model.connect()
  const settle = (): void => {
    while (model.canExecute) model.execute()
    while (model.hasEvent) model.deliverEvent()
    while (model.hasReply) model.deliverReply()
  }
  const send = (command: SwitchCommand): void => {
    model.send(command, (result) => answers.push(result))
    settle()
  }
  const legId = 'dialled' as LegId
  const marks = { origin: 'callback', customerNumber: '7916' } as const
  const dial = {
    type: 'dial',
    legId,
    address: 'x',
    ringMs: 1,
    callerId: undefined,
    marks,
  } as const
  const hangUp = { type: 'hangUp', legId, cause: 'ORIGINATOR_CANCEL' } as const
  send(dial)
  return {
    ...{ model, reported, answers, settle, send, dial, hangUp, legId },
    dialled: model.dials.get(legId) as ModelDial,
  }
}

const noSuchLeg = { ok: false, reason: 'noSuchLeg', message: '-ERR No such channel!' }

t.test(
  'a dial is answered when it ends, and a customer who answers becomes a caller',
  async (t) => {
    const { model, reported, answers, settle, dialled, send, dial } = createWorld()
    t.strictSame(answers, [])
    send(dial)
    const cause = 'DESTINATION_OUT_OF_ORDER'
    const taken = { ok: false, reason: 'refused', message: cause, outcome: 'unreachable' }
    t.strictSame(answers.splice(0), [taken])
    model.ringDial(dialled)
    model.answerDial(dialled)
    settle()
    t.strictSame(answers, [{ ok: true }])
    t.match(reported, [
      {
        type: 'callParked',
        callId: 'dialled',
        channel: { origin: 'callback', customerNumber: '7916' },
      },
    ])
    t.equal(model.dials.size, 0)
  },
)

t.test('a dial can be cancelled as soon as its channel exists', async (t) => {
  const { model, reported, answers, settle, dialled, send, hangUp } = createWorld()
  send(hangUp)
  t.strictSame(answers.splice(0), [noSuchLeg])
  model.ringDial(dialled)
  const snapshot = model.snapshot([])
  settle()
  t.match(await snapshot, [{ legId: 'dialled', isAnswered: false, caller: { origin: 'callback' } }])
  send(hangUp)
  t.strictSame(answers, [
    { ok: true },
    { ok: false, reason: 'refused', message: 'ORIGINATOR_CANCEL', outcome: 'withdrawn' },
  ])
  t.match(reported, [{ type: 'legHungUp', legId: 'dialled', cause: 'ORIGINATOR_CANCEL' }])
})

t.test('a dial that never got a channel reports nothing but its end', async (t) => {
  const { model, reported, answers, settle, dialled } = createWorld()
  model.failDial(dialled, 'INVALID_GATEWAY')
  settle()
  t.strictSame(answers, [
    { ok: false, reason: 'refused', message: 'INVALID_GATEWAY', outcome: 'unreachable' },
  ])
  t.strictSame(reported, [])
})

t.test(
  'it keeps ringing when the connection is lost, and is found after reconnecting',
  async (t) => {
    const { model, reported, answers, settle, dialled } = createWorld()
    model.ringDial(dialled)
    model.disconnect()
    t.strictSame(answers, [{ ok: false, reason: 'disconnected', message: 'closed' }])
    model.connect()
    model.answerDial(dialled)
    settle()
    t.equal(answers.length, 1)
    t.match(reported, [{ type: 'callParked', callId: 'dialled' }])
  },
)
