/** Whether work can be done. Sent as it is: it may have more fields than these. */
export interface Readiness {
  readonly ready: boolean
  /** What is wrong, in words for people; may be set even when ready. */
  readonly missing: readonly string[]
}

/** The health of one switch. */
export interface SwitchHealth {
  readonly switchId: string
  /** The event socket is connected and authenticated. */
  readonly isConnected: boolean
  /** Its state has been read since it connected. */
  readonly isSynchronised: boolean
}

/** Ready to take calls: at least one switch is connected and synchronised. */
export function switchReadiness(
  health: Iterable<SwitchHealth>,
): Readiness & { readonly switches: readonly SwitchHealth[] } {
  const switches = [...health]
  return { ready: switches.some(isUsable), missing: whatIsMissing(switches), switches }
}

/** Each switch that is not usable, with the reason. */
function whatIsMissing(switches: readonly SwitchHealth[]): readonly string[] {
  return switches.length === 0
    ? ['no switch is configured']
    : switches
        .filter((one) => !isUsable(one))
        .map(
          ({ switchId, isConnected }) =>
            `switch ${switchId} is ${isConnected ? 'connected, but its state has not been read yet' : 'not connected'}`,
        )
}

function isUsable({ isConnected, isSynchronised }: SwitchHealth): boolean {
  return isConnected && isSynchronised
}
