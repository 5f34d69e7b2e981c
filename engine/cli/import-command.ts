import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { runImport } from '../import/command.ts'
import { writeOut } from './terminal.ts'

/** `switchyard import-callcenter`. @returns the exit status */
export function importQueues(args: readonly string[]): number {
  return runImport(args, {
    read: (path) => readFileSync(path, 'utf8'),
    list: (directory) => readdirSync(directory),
    write: (path, text, mayReplace) => writeFileSync(path, text, { flag: mayReplace ? 'w' : 'wx' }),
    out: writeOut,
    err: (text) => process.stderr.write(text),
  })
}
