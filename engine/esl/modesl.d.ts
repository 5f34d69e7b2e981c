/** What we use of modesl 1.2.1, which ships no types. */
declare module 'modesl' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  type Answer = (reply: unknown) => void
  type AnyAnswer = (reply: never) => void

  interface ModeslEvent {
    getHeader(name: string): string | null
    getBody(): string
  }

  class Connection {
    constructor(host: string, port: number, password: string, ready?: () => void)
    socket: Socket | null
    connecting: boolean
    authed: boolean
    password: string
    connected(): boolean
    send(command: string, args?: Readonly<Record<string, string>> | null): void
    sendRecv(
      command: string,
      args: Readonly<Record<string, string>> | null | Answer,
      done?: Answer,
    ): void
    api(command: string, args: string, done: Answer): void
    bgapi(
      command: string,
      args: string,
      jobId: string | undefined,
      done: Answer,
      extraMs?: number,
    ): void
    events(format: 'plain', names: string[], done?: AnyAnswer): void
    filter(header: string, value: string, done?: AnyAnswer): void
    execute(application: string, argument: string, uuid: string, done: Answer): void
    disconnect(): void
    auth(): void
    on(event: string, listener: (...args: never[]) => void): this
    emit(event: string, ...args: unknown[]): boolean
    _onConnect(): void
    _onError(error: Error): void
  }

  class Parser {
    constructor(socket: EventEmitter)
    on(event: 'esl::event', listener: (event: ModeslEvent) => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }

  const esl: { readonly Connection: typeof Connection; readonly Parser: typeof Parser }
  export default esl
}
