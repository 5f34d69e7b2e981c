import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { commandRefusals } from '../refusals.ts'
import { commandExamples } from './command-examples.ts'
import { type CommandName, commandSchemas } from './commands.ts'

/** The path of the document in the project. */
export const commandsDocument = 'docs/commands.md'

interface Shape {
  readonly type?: string
  readonly const?: string
  readonly enum?: readonly string[]
  readonly description?: string
  readonly unit?: string
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: Shape | boolean
  readonly required?: readonly string[]
  readonly oneOf?: readonly Shape[]
  readonly anyOf?: readonly Shape[]
}

const preamble = `# Commands

<!-- Made from engine/catalogue/commands/commands.ts by \`npm run docs\`. Change it there. -->

Each command is an endpoint of a [NATS micro service](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md) on \`switchyard.TENANT.command.NAME\`; \`nats micro ls\` shows who serves them. The request is a JSON object with the fields below:

\`\`\`sh
nats request switchyard.acme.command.agent.login '{"agent": "ann"}'
\`\`\`

A command with an unknown, missing or invalid field is refused, and the answer names the field and the cure.

## Fields of every command

| field | type | meaning |
|---|---|---|
| \`timeoutMs\` | integer, 1 to 60,000, optional | the deadline, counted from the arrival; after it the answer is \`timeout\`. Default: 2,000 |
| \`commandId\` | string, optional | makes a repeat harmless: within ten minutes, a command with the same id is carried out once, and each repeat gets the same answer. An engine that takes over does not know the ids of the one before |
| \`by\` | word, optional | who gives the command, for the logs. The broker decides who may give it: see [plugins.md](plugins.md) |

## Answers

\`{"ok": true, ...}\` with the fields of the answer, or

\`\`\`json
{ "ok": false, "error": { "code": "callUnknown", "message": "…", "retryable": false } }
\`\`\`

The \`message\` is for people and repeats nothing that was sent. \`retryable\` shows whether the same command may succeed later.

| code | retryable | meaning |
|---|---|---|
`

/** The content of docs/commands.md: every command with its fields, its answer and an example. */
export function documentCommands(): string {
  const codes = Object.entries(commandRefusals).map(
    ([code, { isRetryable, meaning }]) =>
      `| \`${code}\` | ${isRetryable ? 'yes' : 'no'} | ${meaning} |\n`,
  )
  const names = Object.keys(commandSchemas) as CommandName[]
  const links = names.map((name) => `- [\`${name}\`](#${name.toLowerCase().replace('.', '')})\n`)
  return [
    preamble,
    ...codes,
    '\n`notServed`, `unavailable` and sometimes `timeout` come from the SDK, when there is no answer.\n',
    '\n## The commands\n\n',
    ...links,
    ...names.map(documentCommand),
  ].join('')
}

function documentCommand(name: CommandName): string {
  const { description, input, reply } = commandSchemas[name]
  const example = commandExamples[name]
  return `
### ${name}

${description}

${table('field', z.toJSONSchema(input, { io: 'input' }) as Shape)}
${table('answer', z.toJSONSchema(reply) as Shape)}
\`\`\`json
${JSON.stringify(example.input, undefined, 2)}
\`\`\`

\`\`\`json
${JSON.stringify({ ok: true, ...example.output }, undefined, 2)}
\`\`\`
`
}

function table(title: string, { properties = {}, required = [] }: Shape): string {
  const rows = Object.entries(properties).map(([field, shape]) => {
    const optional = required.includes(field) ? '' : ', optional'
    const type = `\`${kind(shape)}\`${optional}`.replaceAll('|', '\\|')
    return `| \`${field}\` | ${type} | ${shape.unit ?? ''} | ${shape.description ?? ''} |\n`
  })
  return rows.length === 0
    ? ''
    : `| ${title} | type | unit | meaning |\n|---|---|---|---|\n${rows.join('')}`
}

/** A shape in the notation of TypeScript. Units are in the table. */
function kind(shape: Shape): string {
  const choices = shape.oneOf ?? shape.anyOf
  if (choices !== undefined) {
    return choices.map(kind).join(' | ')
  }
  if (shape.const !== undefined) {
    return `"${shape.const}"`
  }
  if (shape.enum !== undefined) {
    return shape.enum.map((value) => `"${value}"`).join(' | ')
  }
  if (shape.items !== undefined) {
    const item = kind(shape.items)
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`
  }
  if (shape.properties !== undefined) {
    const { properties, required = [] } = shape
    const fields = Object.entries(properties).map(
      ([field, inner]) => `${field}${required.includes(field) ? '' : '?'}: ${kind(inner)}`,
    )
    return `{ ${fields.join(', ')} }`
  }
  if (typeof shape.additionalProperties === 'object') {
    const value = kind(shape.additionalProperties)
    return `{ [name]: ${value} }`
  }
  return shape.type ?? 'any'
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(dirname(commandsDocument), { recursive: true })
  await writeFile(commandsDocument, documentCommands())
}
