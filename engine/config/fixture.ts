import type { Fault } from '../yaml/fault.ts'
import { type ParsedConfig, parseConfig } from './parse-config.ts'

/** The files and the environment that the tests of the configuration read. */

const files: Readonly<Record<string, string>> = {
  '/etc/switchyard/esl': 's3cret\n',
  '/etc/switchyard/strategies/vip.js': 'export default () => ({})',
  '/opt/none.js': 'export default () => ({})',
  '/run/empty': '\n',
  '/run/two-lines': 'one\ntwo\n',
  '/run/nats.creds': 'JWT\nSEED\n',
}

/** Where {@link parse} reads. */
export const source = {
  path: '/etc/switchyard/switchyard.yaml',
  env: { PASSWORD: 's3cret', EMPTY: '' },
  readFile(path: string): string {
    const text = files[path]
    if (text === undefined) {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    }
    return text
  },
}

/** Parses as `/etc/switchyard/switchyard.yaml`. */
export const parse = (text: string): ParsedConfig => parseConfig(text, source)

/** The faults of an unusable file, or the warnings of a usable one. */
export function faultsOf(text: string): readonly Fault[] {
  const parsed = parse(text)
  return parsed.ok ? parsed.warnings : parsed.faults
}

/** Faults as `line:column path: message | cure`; a warning begins with `?`. */
export function told(text: string): readonly string[] {
  return faultsOf(text).map(
    ({ severity, line, column, path, message, cure }) =>
      `${severity === 'warning' ? '? ' : ''}${line}:${column} ${path}: ${message} | ${cure}`,
  )
}

/** A usable file in which the queue `sales` has these lines. */
export function withQueue(...lines: readonly string[]): string {
  return inTenant(
    'agents: { ann: { dial: user/1, queues: [ sales ] } }',
    'queues:',
    '  sales:',
    ...lines.map((line) => `    ${line}`),
  )
}

/** A switch, and a tenant `acme` with these lines. */
export function inTenant(...lines: readonly string[]): string {
  return [
    'switches: { fs1: { password: { env: PASSWORD } } }',
    'tenants:',
    '  acme:',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')
}

/** The smallest usable file. */
export const smallest = inTenant(
  'queues: { sales: {} }',
  'agents: { ann: { dial: user/1001@example.org, queues: [ sales ] } }',
)
