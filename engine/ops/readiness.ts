/** How one switch is. */
export interface SwitchHealth {
  readonly switchId: string
  /** The event socket is connected and authenticated. */
  readonly isConnected: boolean
  /** Its truth has been read since it connected. */
  readonly isSynchronised: boolean
}

/** Ready to take calls: at least one switch is connected and synchronised. */
export function isReady(switches: readonly SwitchHealth[]): boolean {
  return switches.some(isUsable)
}

/** Each switch that is not usable, with the reason; in words for a human. */
export function whatIsMissing(switches: readonly SwitchHealth[]): readonly string[] {
  return switches.length === 0
    ? ['no switch is configured']
    : switches
        .filter((one) => !isUsable(one))
        .map(
          ({ switchId, isConnected }) =>
            `switch ${switchId} is ${isConnected ? 'connected but not synchronised yet' : 'not connected'}`,
        )
}

function isUsable({ isConnected, isSynchronised }: SwitchHealth): boolean {
  return isConnected && isSynchronised
}
