import { type Journal, type Place, quote } from './journal.ts'
import { unknownNames } from './preprocess.ts'
import type { Element } from './xml.ts'

/** A value as written in the XML. */
export interface Param {
  readonly value: string
  readonly place: Place
}

/** Parameters by lower-case name. Of several with one name, the one that mod_callcenter reads. */
export type Params = ReadonlyMap<string, Param>

export interface QueueEntry {
  readonly name: string
  readonly place: Place
  readonly params: Params
}

export interface AgentEntry {
  readonly name: string
  readonly place: Place
  readonly params: Params
}

/** An agent's place in a queue. */
export interface TierEntry {
  readonly place: Place
  readonly agent: string
  readonly queue: string
  readonly level: number
  readonly position: number
}

/** A configuration of mod_callcenter as written in the file. */
export interface Callcenter {
  readonly place: Place
  readonly settings: Params
  readonly queues: readonly QueueEntry[]
  readonly agents: readonly AgentEntry[]
  /** One for each pair of an agent and a queue. */
  readonly tiers: readonly TierEntry[]
}

/** Parameters that the switch expands when it uses them, from the caller's channel or its globals. */
const expanded = new Set(['announce-sound', 'contact'])

const usualMusic = 'local_stream://moh'

/** Finds mod_callcenter's configuration, in a file of its own or in the XML of a whole FreeSWITCH. */
export function readCallcenter(
  root: Element,
  start: Place,
  journal: Journal,
): Callcenter | undefined {
  const configuration = find(
    root,
    ({ name, attributes }) =>
      name === 'configuration' && attributes.get('name')?.toLowerCase() === 'callcenter.conf',
  )
  if (configuration === undefined) {
    const cure = 'name a callcenter.conf.xml, or a freeswitch.xml.fsxml that contains one'
    journal.add('fault', start, '', 'no <configuration name="callcenter.conf">', cure)
    return undefined
  }
  const section = (name: string) => {
    const [first, ...others] = configuration.children.filter((child) => child.name === name)
    for (const { place } of others) {
      const cure = `move its content into the first <${name}>`
      journal.add(
        'look',
        place,
        '',
        `a second <${name}>: mod_callcenter reads only the first`,
        cure,
      )
    }
    return first?.children ?? []
  }
  const queues = readNamed(section('queues'), 'queue', journal).map((element) => ({
    name: nameOf(element),
    place: element.place,
    params: readParams(element.children, `queue ${nameOf(element)}`, 'first', journal),
  }))
  if (queues.length === 0) {
    const cure =
      'if the queues are loaded from elsewhere (an include, xml_curl), import the file that contains them'
    journal.add('fault', configuration.place, '', 'no <queue>', cure)
  }
  const agents = readNamed(section('agents'), 'agent', journal).map((element) => ({
    name: nameOf(element),
    place: element.place,
    params: attributesOf(element, journal),
  }))
  return {
    place: configuration.place,
    // Settings may contain secrets, so they get no remarks about unknown variables.
    settings: readParams(section('settings'), '', 'last', journal),
    queues,
    agents,
    tiers: readTiers(section('tiers'), { queues, agents }, journal),
  }
}

function find(root: Element, isIt: (element: Element) => boolean): Element | undefined {
  const rest = [root]
  for (let element = rest.pop(); element !== undefined; element = rest.pop()) {
    if (isIt(element)) {
      return element
    }
    rest.push(...element.children.toReversed())
  }
  return undefined
}

function nameOf({ attributes }: Element): string {
  return attributes.get('name') ?? ''
}

function readNamed(
  elements: readonly Element[],
  kind: string,
  journal: Journal,
): readonly Element[] {
  const seen = new Set<string>()
  return elements.filter((element) => {
    const name = nameOf(element)
    if (element.name !== kind) {
      return false
    }
    if (name === '' || seen.has(name)) {
      const [what, cure] =
        name === ''
          ? [`left out: ${kind} without a name`, 'give it a name if it is needed']
          : [
              'a second one of this name: mod_callcenter reads only the first',
              'remove one of the two',
            ]
      journal.add('look', element.place, name === '' ? '' : `${kind} ${name}`, what, cure)
      return false
    }
    seen.add(name)
    reportUnknown(name, 'its name', { place: element.place, subject: `${kind} ${name}` }, journal)
    return true
  })
}

function readParams(
  elements: readonly Element[],
  subject: string,
  winner: 'first' | 'last',
  journal: Journal,
): Params {
  const params = new Map<string, Param>()
  for (const { name: tag, attributes, place } of elements) {
    if (tag !== 'param') {
      continue
    }
    const name = attributes.get('name')?.toLowerCase() ?? ''
    if (params.has(name)) {
      const message = `${name} appears twice: mod_callcenter reads the ${winner}`
      journal.add('look', place, subject, message, 'remove the other')
      if (winner === 'first') {
        continue
      }
    }
    const value = attributes.get('value') ?? ''
    const at = { place, subject }
    params.set(name, { place, value: subject === '' ? value : settle(name, value, at, journal) })
  }
  return params
}

function attributesOf({ attributes, place }: Element, journal: Journal): Params {
  const subject = `agent ${attributes.get('name')}`
  return new Map(
    [...attributes].map(([name, value]) => [
      name,
      { place, value: settle(name, value, { place, subject }, journal) },
    ]),
  )
}

interface At {
  readonly place: Place
  readonly subject: string
}

/** The value without `$${name}`. Where the switch expands `${name}`, it also uses its globals. */
function settle(name: string, value: string, at: At, journal: Journal): string {
  if (name === 'moh-sound' && value === '$${hold_music}') {
    const message = `moh-sound $$\{hold_music} becomes ${usualMusic}, FreeSWITCH's default`
    journal.add(
      'look',
      at.place,
      at.subject,
      message,
      'give it with --set hold_music=VALUE if it differs',
    )
    return usualMusic
  }
  if (name === 'record-template') {
    return value
  }
  if (!expanded.has(name)) {
    reportUnknown(value, name, at, journal)
    return value
  }
  const names = unknownNames(value)
  if (names.length > 0) {
    const variables = names.map((unknown) => `$\{${unknown}}`).join(', ')
    journal.add(
      'look',
      at.place,
      at.subject,
      `${name} keeps ${variables}, which the switch expands at the time of the call`,
      `give the value with --set ${names[0]}=VALUE to have it written instead`,
    )
  }
  return value.replaceAll('$${', '${')
}

function reportUnknown(
  value: string,
  what: string,
  { place, subject }: At,
  journal: Journal,
): void {
  for (const name of unknownNames(value)) {
    const cure = `give its value: --set ${name}=VALUE`
    journal.add('fault', place, subject, `${what} contains $$\{${name}}, which is not set`, cure)
  }
}

function readTiers(
  elements: readonly Element[],
  { queues, agents }: Pick<Callcenter, 'queues' | 'agents'>,
  journal: Journal,
): readonly TierEntry[] {
  const queueNames = new Set(queues.map(({ name }) => name))
  const agentNames = new Set(agents.map(({ name }) => name))
  const tiers = new Map<string, TierEntry>()
  for (const { name, attributes, place } of elements) {
    if (name !== 'tier') {
      continue
    }
    const agent = attributes.get('agent') ?? ''
    const queue = attributes.get('queue') ?? ''
    const subject = `tier of ${quote(agent)} in ${quote(queue)}`
    const at = { place, subject }
    if (!agentNames.has(agent) || !queueNames.has(queue)) {
      const message = `left out: no ${agentNames.has(agent) ? 'queue' : 'agent'} of this name in the file`
      journal.add('missing', place, subject, message, 'add it to the YAML if the database has it')
      continue
    }
    const key = JSON.stringify([agent, queue])
    if (tiers.has(key)) {
      journal.add('look', place, subject, 'a second one: mod_callcenter uses the last')
    }
    const number = (key: 'level' | 'position') => {
      const text = attributes.get(key) ?? ''
      reportUnknown(text, key, at, journal)
      return text === '' ? 1 : leadingInteger(text)
    }
    tiers.set(key, { place, agent, queue, level: number('level'), position: number('position') })
  }
  return [...tiers.values()]
}

/** Parses an integer as atoi(3) does. Text that is not a number is 0. */
export function leadingInteger(text: string): number {
  const value = Number(/^\s*([+-]?\d{1,9})/.exec(text)?.[1] ?? 0)
  return value === 0 ? 0 : value
}
