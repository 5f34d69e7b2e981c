import type { Raw } from './document.ts'

/** These walk a file whose shape may be wrong: a value of another kind counts as empty. */

export function mapOf(raw: Raw | undefined): Readonly<Record<string, Raw>> {
  return raw !== undefined && typeof raw === 'object' && !isList(raw) ? raw : {}
}

export function listOf(raw: Raw | undefined): readonly Raw[] {
  return raw !== undefined && isList(raw) ? raw : []
}

export function textOf(raw: Raw | undefined): string | undefined {
  return typeof raw === 'string' ? raw : undefined
}

function isList(raw: Raw): raw is readonly Raw[] {
  return Array.isArray(raw)
}
