import t from 'tap'
import type { SwitchId } from '../catalogue/ids.ts'
import { plainFrame, type RecordedEvent, recordedEvents } from '../rigs/recorded.ts'
import type { SwitchEvent } from '../switch/event.ts'
import { type Decoded, decodeEvent } from './decode-event.ts'
import { EventView } from './event-view.ts'
import { subscribedEvents, subscriptionFilters } from './subscription.ts'

const switchId = 'fs1' as SwitchId

function decode(event: RecordedEvent, bad: string[] = []): Decoded {
  const frame = plainFrame(event)
  const view = new EventView(frame.subarray(frame.indexOf('\n\n') + 2))
  return decodeEvent(view.get('Event-Name') ?? '', view, switchId, (name) => bad.push(name))
}

/** The events of a recording that pass the filters of the adapter, decoded. */
function decodeTrace(name: string): SwitchEvent[] {
  return recordedEvents(name)
    .filter(
      (event) =>
        subscribedEvents.includes(String(event['Event-Name'])) &&
        subscriptionFilters.some(([header, value]) => event[header] === value),
    )
    .map((event) => decode(event))
    .filter((decoded) => typeof decoded === 'object')
}

/** One line for each event, with short names for channels in order of appearance. */
function inShort(events: readonly SwitchEvent[]): string[] {
  const names = new Map<string, string>()
  const short = (id: string | undefined) => {
    if (id !== undefined && !names.has(id)) {
      names.set(id, `ch${names.size + 1}`)
    }
    return names.get(id ?? '') ?? '-'
  }
  return events.map((event) => {
    switch (event.type) {
      case 'callParked':
        return `parked ${short(event.callId)} ${event.channel.tenant}/${event.channel.queue}`
      case 'legsJoined':
      case 'legsParted':
        return `${event.type} ${short(event.callId)} ${short(event.agentLegId)}`
      case 'offerEnded':
        return `offerEnded ${short(event.callId)} ${event.cause}`
      case 'legAnswered':
        return `answered ${short(event.legId)} for ${short(event.callId)}`
      case 'legHungUp':
        return `hungUp ${short(event.legId)} ${event.cause}`
      case 'callUnparked':
        return `unparked ${short(event.callId)}`
      case 'promptEnded':
        return `promptEnded ${short(event.callId)} ${event.outcome} ${event.key ?? '-'}`
      case 'digitsCollected':
        return `digits ${short(event.callId)} '${event.digits}'`
      default:
        return `${event.type} ${short(event.legId)}`
    }
  })
}

t.test('a conversation that the agent ends', async (t) => {
  t.strictSame(inShort(decodeTrace('offer-by-bridge-agent-hangs-up-first')), [
    'parked ch1 default/1000',
    'answered ch2 for ch1',
    'legsJoined ch1 ch2',
    'legsParted ch1 ch2',
    'offerEnded ch1 SUCCESS',
    'hungUp ch2 NORMAL_CLEARING',
    'hungUp ch1 NORMAL_CLEARING',
  ])
})

t.test('of several agents one wins; the end of each leg is reported', async (t) => {
  t.strictSame(inShort(decodeTrace('offer-by-bridge-ring-all-one-wins')), [
    'parked ch1 default/1000',
    'hungUp ch2 USER_BUSY',
    'hungUp ch3 USER_BUSY',
    'answered ch4 for ch1',
    'legsJoined ch1 ch4',
    'hungUp ch5 LOSE_RACE',
    'hungUp ch6 ORIGINATOR_CANCEL',
    'hungUp ch4 NORMAL_CLEARING',
    'legsParted ch1 ch4',
    'offerEnded ch1 SUCCESS',
    'hungUp ch1 NORMAL_CLEARING',
  ])
})

t.test('every failed offer ends with its cause, even when its leg was never set up', async (t) => {
  const lines = inShort(decodeTrace('offer-by-bridge-busy-rejected-unreachable'))
  t.strictSame(
    lines.filter((line) => line.startsWith('offerEnded')),
    [
      'offerEnded ch1 USER_BUSY',
      'offerEnded ch1 CALL_REJECTED',
      'offerEnded ch1 SUBSCRIBER_ABSENT',
      'offerEnded ch1 INVALID_GATEWAY',
      'offerEnded ch1 NORMAL_TEMPORARY_FAILURE',
    ],
  )
  t.equal(lines.filter((line) => line.endsWith(' NONE')).length, 1, 'the leg of INVALID_GATEWAY')
})

t.test('a caller who hangs up while a phone rings', async (t) => {
  t.strictSame(inShort(decodeTrace('offer-by-bridge-caller-abandons-while-ringing')), [
    'parked ch1 default/1000',
    'offerEnded ch1 ORIGINATOR_CANCEL',
    'hungUp ch2 ORIGINATOR_CANCEL',
    'hungUp ch1 NORMAL_CLEARING',
    'hungUp ch3 ORIGINATOR_CANCEL',
  ])
})

t.test('the end of each prompt is reported', async (t) => {
  t.strictSame(inShort(decodeTrace('prompts-end-by-themselves-by-a-key-or-by-command')), [
    'parked ch1 default/1000',
    'promptEnded ch1 played -',
    'promptEnded ch1 played -',
    'promptEnded ch1 played -',
    'promptEnded ch1 played 5',
    'promptEnded ch1 missing -',
    'promptEnded ch1 failed -',
    'promptEnded ch1 failed -',
    'promptEnded ch1 played -',
    'hungUp ch1 NORMAL_CLEARING',
  ])
  t.strictSame(inShort(decodeTrace('caller-speaks-into-a-recording')), [
    'parked ch1 default/1000',
    'promptEnded ch1 played #',
    'promptEnded ch1 played -',
    'hungUp ch1 NORMAL_CLEARING',
  ])
})

t.test('a question is reported with the keys that the caller pressed', async (t) => {
  t.strictSame(inShort(decodeTrace('digits-are-read')), [
    'parked ch1 default/1000',
    "digits ch1 '12'",
    "digits ch1 '12'",
    "digits ch1 ''",
    "digits ch1 '7'",
    "digits ch1 ''",
    "digits ch1 '789'",
    "digits ch1 ''",
    "digits ch1 '4'",
    "digits ch1 '#'",
    "digits ch1 ''",
    'promptEnded ch1 missing -',
    'hungUp ch1 NORMAL_CLEARING',
  ])
})

t.test('the end of music is not reported as the end of a prompt', async (t) => {
  t.strictSame(inShort(decodeTrace('prompts-nest-in-music')), [
    'parked ch1 default/1000',
    'promptEnded ch1 played -',
    "digits ch1 '78'",
    'hungUp ch1 NORMAL_CLEARING',
  ])
})

t.test(
  'when the caller leaves during a prompt, the leaving is reported and the prompt is not',
  async (t) => {
    for (const trace of ['caller-hangs-up-while-asked', 'caller-hangs-up-while-recorded']) {
      t.strictSame(inShort(decodeTrace(trace)), [
        'parked ch1 default/1000',
        'hungUp ch1 NORMAL_CLEARING',
      ])
    }
    t.strictSame(inShort(decodeTrace('caller-transferred-from-a-prompt')), [
      'parked ch1 default/1000',
      'unparked ch1',
      'parked ch1 default/1001',
      'unparked ch1',
      'parked ch1 default/1002',
      'hungUp ch1 NORMAL_CLEARING',
    ])
  },
)

t.test('the end of a prompt without an id is malformed', async (t) => {
  const ended: RecordedEvent = {
    ...parked,
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    Application: 'read',
    'Application-UUID-Name': 'acd-prompt',
    'Application-UUID': 'prompt-1',
    variable_read_result: 'success',
    variable_acd_digits: '12',
  }
  t.strictSame(decode(ended), {
    type: 'digitsCollected',
    switchId: 'fs1',
    at: 1_795_299_086_384,
    callId: 'call-1',
    promptId: 'prompt-1',
    digits: '12',
  })
  t.equal(decode({ ...ended, 'Application-UUID': '' }), 'malformed')
})

t.test('the start and the end of hold are reported', async (t) => {
  t.strictSame(
    decodeTrace('hold-and-unhold')
      .map(({ type }) => type)
      .filter((type) => type.includes('eld')),
    ['legHeld', 'legUnheld'],
  )
})

const parked: RecordedEvent = {
  'Event-Name': 'CHANNEL_PARK',
  'Event-Date-Timestamp': '1795299086384407',
  'Unique-ID': 'call-1',
  'Caller-Destination-Number': '1000',
  'Caller-Caller-ID-Number': '74950001',
  'Caller-Caller-ID-Name': 'Иван; "O\'Neil" 100%\r\n',
  variable_acd_tenant: 'acme',
}

t.test('a parked caller comes with all its marks, the time in milliseconds', async (t) => {
  t.strictSame(
    decode({
      ...parked,
      variable_acd_queue: 'sales',
      variable_acd_enqueued_at: '1795298801514',
      variable_acd_priority: '-2',
      variable_last_sched_id: '42',
      variable_acd_in_queue: 'support',
      variable_acd_in_flow: 'menu',
      variable_acd_flow_by: 'overflow',
      variable_acd_dialled: '1001',
      variable_acd_state: 'waiting',
      variable_acd_entered_at: '1795298801515',
      variable_acd_answered_at: '1795298801516',
      variable_acd_require: 'english:3',
      variable_acd_prefer: 'ann',
      variable_acd_hold: 'staffed',
      variable_acd_charged_to: 'sales',
    }),
    {
      type: 'callParked',
      switchId: 'fs1',
      at: 1_795_299_086_384,
      callId: 'call-1',
      channel: {
        tenant: 'acme',
        isMarked: true,
        queue: 'sales',
        dialledNumber: '1000',
        callerNumber: '74950001',
        callerName: 'Иван; "O\'Neil" 100%\r\n',
        enqueuedAt: 1_795_298_801_514,
        priority: -2,
        wayOutTask: '42',
        inQueue: 'support',
        inFlow: 'menu',
        flowBy: 'overflow',
        takenNumber: '1001',
        state: 'waiting',
        enteredAt: 1_795_298_801_515,
        answeredAt: 1_795_298_801_516,
        requires: [{ afterMs: 0, anyOf: [[{ skill: 'english', minLevel: 3 }]] }],
        preferredAgents: ['ann'],
        preferredHold: 'whileStaffed',
        unreadable: undefined,
        chargedTo: 'sales',
        origin: undefined,
        customerNumber: undefined,
      },
    },
  )
})

t.test('a customer we dialled comes with what we marked the call with', async (t) => {
  const dialled = {
    ...parked,
    variable_origination_uuid: 'call-1',
    variable_acd_origin: 'callback',
    variable_acd_customer: '79161234567',
  }
  t.match(decode(dialled), {
    type: 'callParked',
    channel: { origin: 'callback', customerNumber: '79161234567', callerNumber: '74950001' },
  })
  t.equal(
    decode({ ...dialled, 'Unique-ID': 'call-1-b' }),
    'notOurs',
    'the inner half of a loopback has the same marks',
  )
  t.match(decode({ ...dialled, variable_acd_origin: 'whim' }), { channel: { origin: undefined } })
  t.equal(
    decode({ ...dialled, 'Event-Name': 'CHANNEL_ANSWER' }),
    'notOurs',
    'the answer is known from its park',
  )
})

t.test('a caller is not lost because of a number that cannot be read', async (t) => {
  const bad: string[] = []
  const decoded = decode(
    {
      ...parked,
      variable_acd_enqueued_at: 'yesterday',
      variable_acd_priority: '1e9',
      variable_acd_state: 'lost',
      variable_acd_flow_by: 'whim',
    },
    bad,
  )
  t.match(decoded, { type: 'callParked', channel: { enqueuedAt: undefined, priority: undefined } })
  t.strictSame(bad, [
    'variable_acd_flow_by',
    'variable_acd_enqueued_at',
    'variable_acd_priority',
    'variable_acd_state',
  ])
})

t.test('needs that cannot be read are named, and the caller is taken without them', async (t) => {
  const bad: string[] = []
  const needs = { variable_acd_require: '???', variable_acd_prefer: 'a b', variable_acd_hold: '-1' }
  t.match(decode({ ...parked, ...needs }, bad), {
    type: 'callParked',
    channel: {
      requires: undefined,
      preferredAgents: undefined,
      preferredHold: undefined,
      unreadable: ['acd_prefer', 'acd_hold', 'acd_require'],
    },
  })
  t.strictSame(bad, [], 'they are counted for the tenant, not for the switch')
})

t.test('the end of an offer or a leg has a neutral outcome beside its cause', async (t) => {
  const hungUp: RecordedEvent = { ...parked, 'Event-Name': 'CHANNEL_HANGUP_COMPLETE' }
  const ended: RecordedEvent = {
    ...parked,
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    Application: 'bridge',
    'Application-UUID': 'offer-1',
  }
  for (const [cause, outcome, isLost] of [
    ['USER_BUSY', 'busy', false],
    ['CALL_REJECTED', 'declined', false],
    ['ALLOTTED_TIMEOUT', 'noAnswer', false],
    ['LOSE_RACE', 'withdrawn', false],
    ['GATEWAY_DOWN', 'unreachable', false],
    ['RECOVERY_ON_TIMER_EXPIRE', 'unreachable', true],
    ['MANAGER_REQUEST', 'failed', true],
    ['NORMAL_CLEARING', 'failed', false],
  ] as const) {
    t.match(decode({ ...hungUp, 'Hangup-Cause': cause }), { cause, outcome, isLost })
    t.match(decode({ ...ended, variable_originate_disposition: cause }), { cause, outcome })
  }
  t.match(decode(hungUp), { cause: 'NONE', outcome: 'unreachable', isLost: false })
})

t.test(
  'a caller who is taken out of park is reported as unparked, one who hung up is not',
  async (t) => {
    const unparked = { ...parked, 'Event-Name': 'CHANNEL_UNPARK' }
    t.match(decode({ ...unparked, 'Answer-State': 'answered' }), {
      type: 'callUnparked',
      callId: 'call-1',
    })
    t.equal(decode({ ...unparked, 'Answer-State': 'hangup' }), 'notOurs')
    t.equal(decode({ ...unparked, variable_acd_tenant: '' }), 'notOurs')
  },
)

t.test('the end of a bridge distinguishes a transfer from a hang-up', async (t) => {
  const ended: RecordedEvent = {
    ...parked,
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    Application: 'bridge',
    'Application-UUID': 'offer-1',
    variable_originate_disposition: 'SUCCESS',
    'Answer-State': 'answered',
  }
  t.match(decode(ended), { isTransferred: true, isCallerGone: false })
  t.match(decode({ ...ended, 'Other-Leg-Unique-ID': 'leg-1' }), {
    isTransferred: false,
    joinedTo: 'leg-1',
  })
  t.match(decode({ ...ended, 'Answer-State': 'hangup' }), {
    isTransferred: false,
    isCallerGone: true,
  })
  t.match(decode({ ...ended, variable_originate_disposition: 'NO_ANSWER' }), {
    isTransferred: false,
  })
})

t.test(
  'a call that was taken is a new arrival only once the dialplan has marked it again',
  async (t) => {
    const taken = { ...parked, variable_acd_in_tenant: 'acme', variable_acd_state: 'served' }
    t.equal(decode({ ...taken, variable_acd_tenant: '' }), 'notOurs')
    t.match(decode({ ...taken, variable_acd_tenant: 'other' }), {
      type: 'callParked',
      channel: { tenant: 'other', isMarked: true, state: 'served' },
    })
    // Its other events are still ours.
    const unparked = { ...taken, 'Event-Name': 'CHANNEL_UNPARK', 'Answer-State': 'answered' }
    t.match(decode({ ...unparked, variable_acd_tenant: '' }), { type: 'callUnparked' })
  },
)

t.test("a parked channel without a tenant, or an agent's leg, is not ours", async (t) => {
  t.equal(decode({ ...parked, variable_acd_tenant: '' }), 'notOurs')
  t.equal(decode({ ...parked, variable_acd_call: 'call-0' }), 'notOurs')
})

t.test('the inner half of a loopback leg did not answer for the agent', async (t) => {
  const answered: RecordedEvent = {
    ...parked,
    'Event-Name': 'CHANNEL_ANSWER',
    'Unique-ID': 'inner',
    variable_acd_call: 'call-1',
    variable_origination_uuid: 'outer',
  }
  t.equal(decode(answered), 'notOurs')
  t.match(decode({ ...answered, 'Unique-ID': 'outer' }), {
    type: 'legAnswered',
    legId: 'outer',
    callId: 'call-1',
  })
  t.equal(decode({ ...parked, 'Event-Name': 'CHANNEL_ANSWER' }), 'notOurs')
})

t.test('an event without a required value is malformed', async (t) => {
  t.equal(decode({ ...parked, 'Unique-ID': '' }), 'malformed')
  t.equal(decode({ ...parked, 'Event-Date-Timestamp': 'now' }), 'malformed')
  t.equal(decode({ ...parked, 'Event-Name': 'CHANNEL_BRIDGE' }), 'malformed')
  t.equal(
    decode({ ...parked, 'Event-Name': 'CHANNEL_EXECUTE_COMPLETE', Application: 'bridge' }),
    'malformed',
  )
})

t.test('an event of another kind is not ours', async (t) => {
  t.equal(decode({ ...parked, 'Event-Name': 'CHANNEL_CREATE' }), 'notOurs')
  t.equal(
    decode({ ...parked, 'Event-Name': 'CHANNEL_DESTROY', 'Channel-State': 'CS_REPORTING' }),
    'notOurs',
  )
  t.equal(
    decode({ ...parked, 'Event-Name': 'CHANNEL_EXECUTE_COMPLETE', Application: 'park' }),
    'notOurs',
  )
})
