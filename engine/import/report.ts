import { groupBy } from './group-by.ts'
import type { Place, Remark, RemarkKind } from './journal.ts'

const titles: Readonly<Record<Exclude<RemarkKind, 'fault'>, string>> = {
  changed: 'Carried over with a different meaning',
  missing: 'No equivalent',
  look: 'Worth checking',
  needless: 'Not needed',
}

const maxNamed = 8

/** Formats the faults like a compiler: `file:line: error: …`, followed by the cure. */
export function formatFaults(remarks: readonly Remark[]): string {
  return remarks
    .filter(({ kind }) => kind === 'fault')
    .map((fault) => {
      const subject = fault.subject === '' ? '' : `${printable(fault.subject)}: `
      return `${placeText(fault.place)}: error: ${subject}${fault.message}\n  cure: ${fault.cure}\n`
    })
    .join('')
}

/** Formats what the import changed and left out, by kind. Remarks that apply to several queues or agents appear once. */
export function formatReport(remarks: readonly Remark[]): string {
  return Object.entries(titles)
    .map(([kind, title]) => {
      const own = remarks.filter((remark) => remark.kind === kind)
      const groups = groupBy(own, ({ message, cure }) => JSON.stringify([message, cure]))
      const parts = [...groups.values()].map(formatGroup)
      return parts.length === 0 ? '' : `\n${title}\n${parts.join('')}`
    })
    .join('')
}

function formatGroup(group: readonly Remark[]): string {
  const [first] = group
  if (first === undefined) {
    return ''
  }
  const named = group.slice(0, maxNamed).map(({ subject, place }) => {
    const where = placeText(place)
    return subject === '' ? where : `${printable(subject)} (${where})`
  })
  const more = group.length > maxNamed ? [`${group.length - maxNamed} more`] : []
  const cure = first.cure === '' ? '' : `    to do: ${first.cure}\n`
  return `  - ${first.message}\n    in ${[...named, ...more].join(', ')}\n${cure}`
}

function placeText({ file, line }: Place): string {
  return `${printable(file)}:${line}`
}

/** Replaces control characters, since names from the file must not control the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?')
}
