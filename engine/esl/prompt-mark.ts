/** `event-uuid-name` of all that is said to callers: by it their ends are told from those of music. */
export const promptMark = 'acd-prompt'

/** The channel variable that an answer is in when `read` has ended. */
export const digitsVariable = 'acd_digits'

/**
 * A key that no caller's phone has. It is among the end keys of every prompt,
 * and pressed by us to end one. Refused: `uuid_break`, which does not end the
 * wait for keys, and would end the music when it comes a moment too late.
 */
export const stopKey = 'D'
