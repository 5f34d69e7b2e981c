import type { ErrorCode } from 'yaml'

interface Advice {
  readonly message: string
  readonly cure: string
}

const advice: Partial<Record<ErrorCode, Advice>> = {
  BAD_ALIAS: {
    message: 'not a usable alias or anchor',
    cure: 'quote the value if it starts with * or &',
  },
  BAD_DIRECTIVE: {
    message: 'not a YAML directive',
    cure: 'remove the line that starts with %',
  },
  BAD_DQ_ESCAPE: {
    message: 'not an escape sequence in double-quoted text',
    cure: "double the backslash, or use 'single quotes'",
  },
  BAD_INDENT: {
    message: 'the indentation matches nothing above it',
    cure: 'align it with the lines around it, and close any [ or { before it',
  },
  BAD_SCALAR_START: {
    message: 'a value cannot start with this character',
    cure: "put the value in 'quotes'",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a map inside a map on one line',
    cure: 'put the value in \'quotes\' if it contains ": ", or start a new line',
  },
  BLOCK_IN_FLOW: {
    message: 'a block inside [ ] or { }',
    cure: 'keep to one style: brackets, or lines with indentation',
  },
  MISSING_CHAR: {
    message: 'a closing quote, a comma, a bracket or a space is missing',
    cure: 'look at this line and the one before it',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key that spans several lines',
    cure: 'look for a missing colon or quote',
  },
  MULTIPLE_DOCS: {
    message: 'a second document',
    cure: 'remove the line ---: a file holds one document',
  },
  RESOURCE_EXHAUSTION: {
    message: 'the file is nested too deeply',
    cure: 'look for a bracket that is opened over and over',
  },
  TAB_AS_INDENT: {
    message: 'a tab in the indentation',
    cure: 'indent with spaces: YAML does not allow tabs there',
  },
  TAG_RESOLVE_FAILED: {
    message: 'a tag, or a value that starts with !',
    cure: "remove the tag, or put the value in 'quotes'",
  },
  UNEXPECTED_TOKEN: {
    message: 'this does not belong here',
    cure: 'look for a missing colon, dash or bracket on this line or the one before it',
  },
}

/**
 * What a syntax error means and how to fix it. The words are ours: a message of the parser may
 * quote the text, and the text may be a password.
 */
export function syntaxCure(code: ErrorCode): Advice {
  return (
    advice[code] ?? {
      message: 'not YAML',
      cure: 'look at this line and the one before it',
    }
  )
}
