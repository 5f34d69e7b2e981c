/** The `event-uuid-name` of every prompt. It distinguishes the end of a prompt from the end of music. */
export const promptMark = 'acd-prompt'

/** The channel variable that contains the digits when `read` has ended. */
export const digitsVariable = 'acd_digits'

/**
 * A key that no caller's phone has. It is one of the end keys of every prompt, and
 * we send it to end one. Rejected: `uuid_break`, which does not end the wait for
 * keys, and would end the music if it arrived a moment too late.
 */
export const stopKey = 'D'
