import { hostname } from 'node:os'
import type { Bus } from './bus/bus.ts'
import { createMemoryBus } from './bus/memory/memory.ts'
import { createNatsBus, type NatsBusOptions, type NatsCredentials } from './bus/nats/nats.ts'
import type { Clock } from './clock.ts'
import type {
  EngineConfig,
  NatsConfig,
  NatsCredentials as NatsConfigCredentials,
} from './config/engine-config.ts'
import type { Logger } from './log.ts'
import { createFileDisk } from './outbox/disk.ts'
import { createOutbox, type Outbox } from './outbox/outbox.ts'

/** The bus that the configuration names. */
export function buildBus({ bus }: EngineConfig, log: Logger, clock: Clock): Bus {
  switch (bus.type) {
    case 'memory':
      return createMemoryBus({ clock, log })
    case 'nats':
      return createNatsBus(natsOptions(bus, log, clock))
  }
}

/** The options of the NATS client for a configured broker. */
export function natsOptions(
  { servers, credentials, tls }: NatsConfig,
  log: Logger,
  clock: Clock,
): NatsBusOptions {
  return {
    servers,
    log,
    clock,
    ...(credentials === undefined ? {} : { credentials: revealed(credentials) }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** The outbox for a bus, with its files where the configuration gives it a directory. */
export function buildOutbox(config: EngineConfig, bus: Bus, log: Logger, clock: Clock): Outbox {
  const { outbox } = config
  const source = `/switchyard/${hostname()}`
  return outbox === undefined
    ? createOutbox({ bus, clock, log, source })
    : createOutbox({
        bus,
        clock,
        log,
        source,
        disk: createFileDisk(outbox.directory),
        limits: { spillBytes: outbox.maxBytes, whenFull: outbox.whenFull },
      })
}

function revealed(credentials: NatsConfigCredentials): NatsCredentials {
  switch (credentials.type) {
    case 'password':
      return { user: credentials.user, password: credentials.password.reveal() }
    case 'token':
      return { token: credentials.token.reveal() }
    case 'creds':
      return { creds: credentials.creds.reveal() }
    case 'nkey':
      return { nkey: credentials.seed.reveal() }
  }
}
