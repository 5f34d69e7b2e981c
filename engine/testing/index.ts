export { FakeSwitch } from './fake-switch.ts'
export { ManualClock } from './manual-clock.ts'
