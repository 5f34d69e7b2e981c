import type { Row } from './core-site.ts'

const width = 860
const rowHeight = 22
const left = 250
const right = 70
/** The scale is logarithmic, from a tenth of a microsecond. */
const decades = [0.1, 1, 10, 100, 1_000]

/** Draws the median and the 99th percentile of each row as an SVG, with the target of 50 µs. */
export function drawChart(rows: readonly Row[]): string {
  const height = 60 + rows.length * rowHeight + 30
  const bars = rows.map((row, index) => drawRow(row, 50 + index * rowHeight))
  const grid = decades.map((us) => line(us, height, '#ddd', `${us} µs`))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<title>Time of one handle() by size of the site and by strategy</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    '<text x="10" y="18" font-size="14" font-weight="bold">Time of one handle(): median (dark) and 99th percentile (light)</text>',
    ...grid,
    line(50, height, '#c33', '50 µs'),
    ...bars,
    '</svg>',
    '',
  ].join('\n')
}

function drawRow({ traffic, agents, waiting, strategy, p50, p99 }: Row, y: number): string {
  const size =
    traffic === 'full' ? `${agents} agents, ${waiting} waiting` : `${agents} agents, quiet`
  const name = strategy === undefined ? size : `${strategy}, ${traffic}`
  const bar = (us: number, colour: string) =>
    `<rect x="${left}" y="${y}" width="${(toX(us) - left).toFixed(1)}" height="${rowHeight - 8}" fill="${colour}"/>`
  return [
    `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${name}</text>`,
    bar(p99, '#9ec5e8'),
    bar(p50, '#1f5f99'),
    `<text x="${(toX(p99) + 6).toFixed(1)}" y="${y + 11}">${p50.toFixed(1)} / ${p99.toFixed(1)}</text>`,
  ].join('\n')
}

function line(us: number, height: number, colour: string, name: string): string {
  const x = toX(us).toFixed(1)
  return `<line x1="${x}" x2="${x}" y1="40" y2="${height - 20}" stroke="${colour}"/><text x="${x}" y="36" text-anchor="middle" fill="${colour === '#ddd' ? '#777' : colour}">${name}</text>`
}

function toX(us: number): number {
  const [first = 0.1] = decades
  const last = decades.at(-1) ?? 1_000
  const share = Math.log(Math.max(us, first) / first) / Math.log(last / first)
  return left + Math.min(1, share) * (width - left - right)
}
