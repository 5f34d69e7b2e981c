import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { AgentId, CallId, LegId, OfferId, SkillId, SwitchId } from '../catalogue/ids.ts'
import { systemClock } from '../clock.ts'
import { createFreeSwitch } from '../esl/free-switch.ts'
import { createLogger } from '../log.ts'
import { createCustomerPhones } from '../sim/customer-phones.ts'
import { createRandom } from '../sim/random.ts'
import { startSimulatedSwitch } from '../sim/tcp.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { CommandResult, Switch, SwitchCommand } from '../switch/switch.ts'
import { customerDial, customerKeys, customerOverlay, customerPlan } from './customers.ts'
import { testOnFreeSwitch } from './scenario.ts'

const skill = (name: string, minLevel: number) => ({ skill: name as SkillId, minLevel })
const requires = [
  { afterMs: 0, anyOf: [[skill('sales', 3), skill('english', 2)], [skill('german', 1)]] },
  { afterMs: 30_000, anyOf: [[]] },
]

type Dial = Extract<SwitchCommand, { type: 'dial' }>

/** An adapter connected to a switch, and all its events. */
class Link {
  readonly events: SwitchEvent[] = []
  readonly #switch: Switch

  private constructor(link: Switch) {
    this.#switch = link
  }

  static async open(port: number, password: string): Promise<Link> {
    const sw = createFreeSwitch({
      id: 'fs' as SwitchId,
      host: '127.0.0.1',
      port,
      password,
      clock: systemClock,
      log: createLogger('silent'),
      random: Math.random,
    })
    const link = new Link(sw)
    await new Promise<void>((resolve) =>
      sw.start({
        event: (event) => link.events.push(event),
        connected: resolve,
        disconnected: () => undefined,
      }),
    )
    return link
  }

  stop(): Promise<void> {
    return this.#switch.stop()
  }

  send(command: SwitchCommand): Promise<CommandResult> {
    return new Promise((resolve) => this.#switch.send(command, resolve))
  }

  dial(number: string, part: Partial<Dial> = {}) {
    const legId = part.legId ?? (randomUUID() as LegId)
    const result = this.send({
      type: 'dial',
      legId,
      address: customerDial(number),
      ringMs: 20_000,
      callerId: '78001234567',
      marks: {
        tenant: 'default',
        origin: 'callback',
        customerNumber: number,
        queue: 'sales',
        enqueuedAt: 1_795_298_801_514,
        requires,
      },
      ...part,
    })
    return { legId, callId: legId as unknown as CallId, result }
  }

  hangUp(legId: LegId): Promise<CommandResult> {
    return this.send({ type: 'hangUp', legId, cause: 'ORIGINATOR_CANCEL' })
  }

  async until<T extends SwitchEvent['type']>(
    type: T,
    id: string,
  ): Promise<Extract<SwitchEvent, { type: T }>> {
    for (let waited = 0; waited < 10_000; waited += 10) {
      const found = this.of(id).find((event) => event.type === type)
      if (found !== undefined) {
        return found as Extract<SwitchEvent, { type: T }>
      }
      await sleep(10)
    }
    throw new Error(`no ${type}; there were ${this.of(id).map((event) => event.type)}`)
  }

  of(id: string): readonly SwitchEvent[] {
    return this.events.filter((event) => ('callId' in event ? event.callId : event.legId) === id)
  }

  /** Waits until the switch has the channel, and returns it. */
  async legOf(legId: LegId) {
    for (;;) {
      const [leg] = await this.#switch.snapshot([legId], (other) => other !== legId)
      if (leg !== undefined) {
        return leg
      }
      await sleep(10)
    }
  }

  channels() {
    return this.#switch.snapshot([])
  }
}

const failures: readonly [
  what: string,
  part: Partial<Dial>,
  number: string,
  cause: string,
  outcome: string,
][] = [
  ['is busy', {}, '79411111111', 'USER_BUSY', 'busy'],
  ['rejects the call', {}, '79511111111', 'CALL_REJECTED', 'declined'],
  ['lets it ring', { ringMs: 1_000 }, '79311111111', 'ALLOTTED_TIMEOUT', 'noAnswer'],
  [
    'is behind an unknown gateway',
    { address: 'sofia/gateway/none/1' },
    '791',
    'INVALID_GATEWAY',
    'unreachable',
  ],
  [
    'is not registered',
    { address: 'user/nobody@127.0.0.1' },
    '791',
    'SUBSCRIBER_ABSENT',
    'unreachable',
  ],
]

async function scenarios(t: Test, open: () => Promise<Link>): Promise<void> {
  const link = await open()
  t.teardown(() => link.stop())

  await t.test('a customer who answers is parked as a caller, with all variables', async (t) => {
    const { legId, callId, result } = link.dial('79211111111')
    t.strictSame(await result, { ok: true })
    const { channel } = await link.until('callParked', callId)
    t.match(channel, {
      tenant: 'default',
      origin: 'callback',
      customerNumber: '79211111111',
      dialledNumber: '79211111111',
      queue: 'sales',
      enqueuedAt: 1_795_298_801_514,
      requires,
    })
    t.match(await link.legOf(legId), { isAnswered: true, caller: channel })
    t.equal(link.of(callId).length, 1, 'there is no other event')

    const agent = randomUUID() as LegId
    const marks = { state: 'waiting' } as const
    const plain = { ringback: undefined, wayOutTask: undefined }
    await link.send({ type: 'takeCall', callId, marks, ...plain })
    await link.send({
      type: 'offer',
      callId,
      tenant: 'default',
      offerId: randomUUID() as OfferId,
      legs: [
        {
          legId: agent,
          agentId: 'ann' as AgentId,
          address: customerDial('79222222222'),
          startAfterMs: 0,
        },
      ],
      ringMs: 15_000,
    })
    t.match(await link.until('legsJoined', callId), { agentLegId: agent })
    t.strictSame(await link.hangUp(legId), { ok: true })
    t.match(await link.until('legHungUp', agent), { cause: 'NORMAL_CLEARING' })
    await link.until('legHungUp', legId)
  })

  for (const [what, part, number, cause, outcome] of failures) {
    await t.test(`a customer who ${what}: ${cause}`, async (t) => {
      const { callId, result } = link.dial(number, part)
      t.strictSame(await result, { ok: false, reason: 'refused', message: cause, outcome })
      t.strictSame(
        link.of(callId).filter(({ type }) => type !== 'legHungUp'),
        [],
      )
    })
  }

  await t.test('a ringing dial is listed as unanswered and can be cancelled', async (t) => {
    const { legId, result } = link.dial('79311111111')
    t.match(await link.legOf(legId), {
      isAnswered: false,
      caller: { tenant: 'default', origin: 'callback', customerNumber: '79311111111' },
    })
    t.strictSame(await link.hangUp(legId), { ok: true })
    t.strictSame(await result, {
      ok: false,
      reason: 'refused',
      message: 'ORIGINATOR_CANCEL',
      outcome: 'withdrawn',
    })
    t.match(await link.until('legHungUp', legId), { cause: 'ORIGINATOR_CANCEL' })
    t.match(await link.hangUp(legId), { ok: false, reason: 'noSuchLeg' })
  })

  await t.test('a dial with an id that is in use is refused', async (t) => {
    const { legId, result } = link.dial('79311111111')
    await link.legOf(legId)
    const again = await link.dial('79211111111', { legId }).result
    t.strictSame(again, {
      ok: false,
      reason: 'refused',
      message: 'DESTINATION_OUT_OF_ORDER',
      outcome: 'unreachable',
    })
    t.match(await link.legOf(legId), { isAnswered: false, caller: { customerNumber: /^793/ } })
    await link.hangUp(legId)
    t.match(await result, { ok: false })
    t.equal(link.of(legId as string).filter(({ type }) => type === 'callParked').length, 0)
  })

  await t.test('a customer can hang up', async (t) => {
    const { legId, result } = link.dial('79711111111')
    t.strictSame(await result, { ok: true })
    t.match(await link.until('legHungUp', legId), { cause: 'NORMAL_CLEARING' })
  })

  await t.test('a customer presses a key when asked', async (t) => {
    const { legId, callId } = link.dial('79811111111')
    await link.until('callParked', callId)
    const promptId = randomUUID() as PromptId
    await link.send({
      type: 'askDigits',
      callId,
      promptId,
      prompt: { type: 'files', files: ['tone_stream://%(200,10,440)'] },
      maxDigits: 1,
      firstDigitMs: 5_000,
      nextDigitMs: 1_000,
      endKeys: '',
    })
    t.match(await link.until('digitsCollected', callId), { promptId, digits: '5' })
    await link.hangUp(legId)
    await link.until('legHungUp', legId)
  })

  await t.test(
    'a dial keeps ringing after the connection is lost, and the next adapter finds it',
    async (t) => {
      const first = await open()
      const { legId, result } = first.dial('79311111111')
      await first.legOf(legId)
      await first.stop()
      t.match(await result, { ok: false, reason: 'disconnected' })
      t.match(await link.legOf(legId), { isAnswered: false, caller: { origin: 'callback' } })
      await link.hangUp(legId)
      await link.until('legHungUp', legId)
    },
  )

  await sleep(200)
  t.strictSame(await link.channels(), [], 'no channel is left')
}

t.test('on the simulated switch', { timeout: 60_000 }, async (t) => {
  const random = createRandom(1)
  const customers = createCustomerPhones({
    clock: systemClock,
    random: random.fork(),
    plan: customerPlan,
    keysFor: customerKeys,
  })
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random,
    log: createLogger('silent'),
    dialplan: () => undefined,
    phones: customers.phones,
  })
  t.teardown(() => sim.stop())
  await scenarios(t, () => Link.open(sim.port, 'ClueCon'))
  t.strictSame(
    customers.calls.map(({ number, outcome }) => `${number.slice(0, 3)} ${outcome}`),
    [
      '792 talked',
      '792 talked',
      '794 busy',
      '795 rejected',
      '793 missed',
      '793 missed',
      '793 missed',
      '797 gaveUp',
      '798 dropped',
      '793 missed',
    ],
  )
})

testOnFreeSwitch(t, customerOverlay(), (t, fs) =>
  scenarios(t, () => Link.open(fs.eslPort, fs.password)),
)
