import t from 'tap'
import type { AgentId, CallId, LegId, OfferId, SkillId } from '../catalogue/ids.ts'
import type { MarkChange } from '../switch/marks.ts'
import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'
import { encodeCommand } from './encode-command.ts'
import { parseRequirement } from './need-text.ts'

const callId = 'call-1' as CallId

function leg(address: string, over: Partial<OfferedLeg> = {}): OfferedLeg {
  return {
    legId: 'leg-1' as LegId,
    agentId: 'ann' as AgentId,
    address,
    startAfterMs: 0,
    ...over,
  }
}

function offer(...legs: OfferedLeg[]): Extract<SwitchCommand, { type: 'offer' }> {
  return {
    type: 'offer',
    callId,
    tenant: 'acme',
    offerId: 'offer-1' as OfferId,
    legs,
    ringMs: 15_000,
  }
}

function argumentOf(command: SwitchCommand): string | undefined {
  const encoded = encodeCommand(command)
  const [first] = encoded.ok ? encoded.commands : []
  return first?.type === 'execute' ? first.argument : undefined
}

function argsOf(marks: MarkChange): string | undefined {
  const encoded = encodeCommand({ type: 'markCall', callId, marks })
  const [first] = encoded.ok ? encoded.commands : []
  return first?.type === 'api' ? first.args : undefined
}

const ours =
  'hangup_after_bridge=false;park_after_bridge=false;continue_on_fail=true;playback_terminators=none'
const place = {
  tenant: 'acme',
  inQueue: 'sales',
  takenNumber: '1000',
  enqueuedAt: 1_795_298_801_514,
  enteredAt: 1_795_298_801_515,
  chargedTo: null,
  priority: -2,
  origin: 'callback',
  state: 'waiting',
} as const

t.test('a call is taken by setting its variables and deleting its way out', async (t) => {
  const take = { type: 'takeCall', callId, marks: place } as const
  t.strictSame(encodeCommand({ ...take, ringback: undefined, wayOutTask: '42' }), {
    ok: true,
    commands: [
      {
        type: 'api',
        command: 'uuid_setvar_multi',
        args: `call-1 acd_in_tenant=acme;acd_tenant=;acd_in_queue=sales;acd_dialled=1000;acd_enqueued_at=1795298801514;acd_entered_at=1795298801515;acd_charged_to=;acd_priority=-2;acd_origin=callback;acd_state=waiting;${ours}`,
      },
      { type: 'api', command: 'sched_del', args: '42' },
    ],
  })
  const ringback = 'tone_stream://%(500,500,440);loops=-1'
  t.strictSame(encodeCommand({ ...take, marks: {}, ringback, wayOutTask: undefined }), {
    ok: true,
    commands: [
      {
        type: 'api',
        command: 'uuid_setvar_multi',
        args: `call-1 ${ours};transfer_ringback=tone_stream://%(500,500,440)\\;loops=-1`,
      },
    ],
  })
})

t.test(
  'marks are written in the order they are given; null clears one, none sends nothing',
  async (t) => {
    const agentId = 'ann' as AgentId
    t.equal(
      argsOf({ state: 'talking', agentId, answeredAt: 5 }),
      'call-1 acd_state=talking;acd_agent=ann;acd_answered_at=5',
    )
    t.equal(
      argsOf({ state: 'inFlow', inFlow: null, flowBy: 'command' }),
      'call-1 acd_state=inFlow;acd_in_flow=;acd_flow_by=command',
    )
    t.equal(
      argsOf({
        priority: 3,
        enqueuedAt: 9,
        requires: [
          { afterMs: 0, anyOf: [[{ skill: 'english' as SkillId, minLevel: 5 }]] },
          { afterMs: 30_000, anyOf: [[]] },
        ],
        preferredAgents: [agentId, 'bob' as AgentId],
        preferredHold: 20_000,
      }),
      'call-1 acd_priority=3;acd_enqueued_at=9;acd_require=english:5\\;30=*;acd_prefer=ann,bob;acd_hold=20',
    )
    t.strictSame(encodeCommand({ type: 'markCall', callId, marks: {} }), { ok: true, commands: [] })
  },
)

t.test('a variable keeps its value through the splitting of the switch', async (t) => {
  t.equal(argsOf({ queue: " it's \\ = b  " }), "call-1 acd_queue=\\sit\\'s \\\\ = b\\s\\s")
})

t.test('music is a playback on the caller', async (t) => {
  t.strictSame(encodeCommand({ type: 'playMusic', callId, source: 'local_stream://moh' }), {
    ok: true,
    commands: [
      { type: 'execute', application: 'playback', argument: 'local_stream://moh', uuid: 'call-1' },
    ],
  })
})

t.test(
  'an offer to one agent is one bridge, with the marks in braces before the dial string',
  async (t) => {
    t.strictSame(encodeCommand(offer(leg('{x=1}sofia/internal/2001@127.0.0.1'))), {
      ok: true,
      commands: [
        {
          type: 'execute',
          application: 'bridge',
          argument:
            '{origination_uuid=leg-1,leg_timeout=15,acd_agent=ann,acd_call=call-1,acd_tenant=acme,ignore_early_media=true,outbound_redirect_fatal=true}{x=1}sofia/internal/2001@127.0.0.1',
          uuid: 'call-1',
          eventUuid: 'offer-1',
        },
      ],
    })
  },
)

t.test('an offer to several agents gives each leg its own brackets', async (t) => {
  t.equal(
    argumentOf(
      offer(
        leg('{x=1,y=2}{z=3}sofia/internal/2001@127.0.0.1'),
        leg('[q=1]user/ann', { legId: 'leg-2' as LegId, agentId: 'bob' as AgentId }),
      ),
    ),
    '{acd_call=call-1,acd_tenant=acme,ignore_early_media=true,outbound_redirect_fatal=true}[origination_uuid=leg-1,leg_timeout=15,acd_agent=ann][x=1,y=2][z=3]sofia/internal/2001@127.0.0.1,[origination_uuid=leg-2,leg_timeout=15,acd_agent=bob][q=1]user/ann',
  )
})

t.test('a customer is dialled by a route, and shown the configured number', async (t) => {
  const customer = { number: '+4930123', callerId: '+49800' }
  t.equal(
    argumentOf(offer(leg('sofia/gateway/gw/{number}', customer))),
    '{origination_uuid=leg-1,leg_timeout=15,acd_agent=ann,acd_call=call-1,acd_tenant=acme,ignore_early_media=true,outbound_redirect_fatal=true}{origination_caller_id_number=+49800}sofia/gateway/gw/+4930123',
  )
  t.match(argumentOf(offer(leg('sofia/gateway/gw/00{digits}', customer))), /gw\/004930123$/)
  t.match(encodeCommand(dial({ address: 'sofia/gateway/gw/{number}', number: '+4930123' })), {
    ok: true,
    commands: [{ args: /\}sofia\/gateway\/gw\/\+4930123 &park\(\)$/ }],
  })
  t.match(encodeCommand(dial({ address: 'null/{number}' })), { ok: false }, 'without a number')
})

t.test('a loopback leg is kept in the call', async (t) => {
  t.match(argumentOf(offer(leg('loopback/2001/public'))), ',loopback_bowout=false,')
})

t.test('ringing lasts whole seconds, at least one', async (t) => {
  t.match(argumentOf({ ...offer(leg('null/a')), ringMs: 1_001 }), 'leg_timeout=2,')
  t.match(argumentOf({ ...offer(leg('null/a')), ringMs: 0 }), 'leg_timeout=1,')
})

t.test('hanging up and transferring name the channel and the rest as words', async (t) => {
  t.strictSame(
    encodeCommand({ type: 'hangUp', legId: 'leg-1' as LegId, cause: 'NORMAL_CLEARING' }),
    {
      ok: true,
      commands: [{ type: 'api', command: 'uuid_kill', args: 'leg-1 NORMAL_CLEARING' }],
    },
  )
  t.strictSame(
    encodeCommand({
      type: 'transfer',
      callId,
      extension: '1001',
      dialplan: 'XML',
      context: 'public',
    }),
    {
      ok: true,
      commands: [{ type: 'api', command: 'uuid_transfer', args: 'call-1 1001 XML public' }],
    },
  )
})

const transfer = {
  type: 'transfer',
  callId,
  extension: '1',
  dialplan: 'XML',
  context: 'c',
} as const
const take = {
  type: 'takeCall',
  callId,
  marks: {},
  ringback: undefined,
  wayOutTask: undefined,
} as const
const mark = { type: 'markCall', callId, marks: {} } as const

function dial(part: Partial<Extract<SwitchCommand, { type: 'dial' }>>): SwitchCommand {
  const legId = 'leg-1' as LegId
  const all = { address: 'null/a', ringMs: 30_000, callerId: undefined, marks: {} }
  return { type: 'dial', legId, ...all, ...part }
}

t.test(
  'a dial keeps the requirement intact, and its variables override those of the dial string',
  async (t) => {
    const marks: MarkChange = {
      tenant: 'acme',
      requires: parseRequirement('sales:3,english:2|german:1;30=*') ?? null,
      inQueue: null,
    }
    const command = dial({
      address: '{acd_tenant=other,b=c}loopback/2001/public',
      ringMs: 29_001,
      callerId: '+78001234567',
      marks,
    })
    t.strictSame(encodeCommand(command), {
      ok: true,
      commands: [
        {
          type: 'job',
          command: 'originate',
          args: '{acd_tenant=other,b=c}{^^!origination_uuid=leg-1!leg_timeout=30!originate_timeout=32!ignore_early_media=true!outbound_redirect_fatal=true!loopback_bowout=false!origination_caller_id_number=+78001234567!acd_tenant=acme!acd_require=sales:3,english:2|german:1;30=*}loopback/2001/public &park()',
          extraMs: 30_000,
        },
      ],
    })
  },
)

const refused: Record<string, SwitchCommand> = {
  'a call id with a line feed': { ...take, callId: 'a\n\napi shutdown' as CallId },
  'a mark with a line feed': { ...take, marks: { queue: 'b\nc' } },
  'a mark with NUL': { ...mark, marks: { queue: 'b\0c' } },
  'a marked call with a line feed': { ...mark, callId: 'a\n\nb' as CallId, marks: { queue: 'b' } },
  'a ringback with a line feed': { ...take, ringback: 'b\nc' },
  'a way out with a blank': { ...take, wayOutTask: '1 2' },
  'music with NUL': { type: 'playMusic', callId, source: 'a\0b' },
  'no music': { type: 'playMusic', callId, source: '' },
  'an offer without legs': offer(),
  'an offer without a dial string': offer(leg('')),
  'a dial string with a line feed': offer(leg('null/a\n\napi shutdown')),
  'a dial string with an open brace': offer(leg('{a=bnull/a')),
  'a dial string with brackets in braces': offer(leg('{a=[b]}null/a'), leg('null/b')),
  'an agent that ends the braces': offer(leg('null/a', { agentId: 'x}evil' as AgentId })),
  'an agent that adds a variable': offer(leg('null/a', { agentId: 'x,y=z' as AgentId })),
  'an agent that is expanded': offer(leg('null/a', { agentId: `\${hangup}` as AgentId })),
  'a dialled number that adds an argument': dial({ address: 'sofia/gateway/a/1 &system(x)' }),
  'nothing to dial': dial({ address: '{a=b}' }),
  'a dial string with a brace left open': dial({ address: '{a=bnull/a' }),
  'several originates in one': dial({ address: 'null/a:_:null/b' }),
  'several originates in one, in two parts': dial({ callerId: '1:_:2' }),
  'a caller id that ends the braces': dial({ callerId: '1}null/evil' }),
  'a caller id that adds a variable': dial({ callerId: '1!acd_tenant=other' }),
  'an empty caller id': dial({ callerId: '' }),
  'a mark to dial with a blank': dial({ marks: { queue: 'a b' } }),
  'a mark to dial with a line feed': dial({ marks: { queue: 'a\n\napi shutdown' } }),
  'a mark that is expanded': dial({ marks: { queue: `\${hangup}` } }),
  'a dialled leg without an id': dial({ legId: '' as LegId }),
  'an empty leg id': offer(leg('null/a', { legId: '' as LegId })),
  'a tenant that quotes': { ...offer(leg('null/a')), tenant: "o'neil" },
  'an offer id with a line feed': { ...offer(leg('null/a')), offerId: 'a\nb' as OfferId },
  'a cause with a line feed': { type: 'hangUp', legId: 'leg' as LegId, cause: 'X\nY' },
  'an extension that is an option': { ...transfer, extension: '-both' },
  'an extension of two words': { ...transfer, extension: '1 2' },
  'no context': { ...transfer, context: '' },
}

for (const [what, command] of Object.entries(refused)) {
  t.test(`${what} is refused, not sent`, async (t) => {
    t.match(encodeCommand(command), { ok: false, message: /^SY_ESL_UNSAFE: / })
  })
}

t.test('a phone that rings later has its delay in whole seconds, at least one', async (t) => {
  const second = (startAfterMs: number, ringMs = 15_000) =>
    argumentOf({
      ...offer(leg('user/1'), leg('user/2', { legId: 'leg-2' as LegId, startAfterMs })),
      ringMs,
    })
  for (const [ms, seconds] of [
    [5_000, 5],
    [7_400, 7],
    [1, 1],
  ] as const) {
    t.match(second(ms), `[origination_uuid=leg-2,leg_timeout=15,leg_delay_start=${seconds},`)
  }
  t.notMatch(second(0), 'leg_delay_start')
  t.notMatch(second(44_000), 'originate_timeout')
  t.match(second(45_000), 'originate_timeout=62}')
})

t.test('a leg is looked for by a command that only an existing channel answers', async (t) => {
  t.strictSame(encodeCommand({ type: 'seekLeg', legId: 'leg-1' as LegId }), {
    ok: true,
    commands: [{ type: 'api', command: 'uuid_getvar', args: 'leg-1 acd_agent' }],
  })
})
