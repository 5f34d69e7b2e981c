import type { EventData, PluginEvent } from '../../engine/plugin/index.ts'
import { endSurvey } from './end-survey.ts'
import { fingerprint } from './number.ts'
import {
  type Asking,
  type FlowWord,
  newSurveyCall,
  type Progress,
  progressOf,
  type SurveyCall,
  withWord,
} from './survey-call.ts'
import { aboutOf, type Desk, type Means, type OnCampaignCall } from './survey-desk.ts'

/** Hears a word of a flow; of no effect for calls that are not asked. */
export async function hearFlow(
  desk: Desk,
  means: Means,
  event: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const word = wordOf(event)
  const { calls, options, clock } = desk
  const { callId } = event.data
  const isClue =
    word?.what === 'collected' &&
    word.name !== undefined &&
    word.name === options.languages.variable
  const call = await calls.update(callId, (kept) => {
    if (kept?.asking === undefined) {
      return isClue && kept?.chosen !== word.value
        ? { ...(kept ?? newSurveyCall(clock.now())), chosen: word.value }
        : kept
    }
    return word === undefined || kept.isOver ? kept : withWord(kept, word, clock.now())
  })
  if (call?.asking !== undefined) {
    await settleCall(desk, means, callId, call, onCampaignCall)
  }
}

function wordOf({
  id,
  type,
  sequence,
  at,
  data,
}: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>): FlowWord | undefined {
  const counted = { life: id.slice(0, id.lastIndexOf('.')), sequence, at }
  switch (type) {
    case 'flow.started': {
      const { by } = data as EventData<'flow.started'>
      return by === 'afterTalk' || by === 'originate' ? { ...counted, what: 'started' } : undefined
    }
    case 'flow.collected': {
      const { name, value } = data as EventData<'flow.collected'>
      return { ...counted, what: 'collected', name, value }
    }
    case 'flow.ended': {
      const { outcome } = data as EventData<'flow.ended'>
      return { ...counted, what: 'ended', outcome }
    }
  }
}

/** Does what is due by what was heard. Of no effect when it was done. */
async function settleCall(
  desk: Desk,
  means: Means,
  callId: string,
  call: SurveyCall,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const progress = progressOf(call)
  if (progress === undefined || call.asking === undefined || call.isOver) {
    return
  }
  if (!call.told.includes('asked')) {
    await tellAsked(desk, means, callId, call, call.asking, progress)
  }
  if (progress.isWhole) {
    await endSurvey(desk, means, callId, onCampaignCall)
  }
}

async function tellAsked(
  { asked, calls, figures }: Desk,
  { publish }: Means,
  callId: string,
  { arrived }: SurveyCall,
  asking: Asking,
  { startedAt }: Progress,
): Promise<void> {
  if (arrived !== undefined && arrived.number !== '') {
    await asked.update(fingerprint(arrived.number), (kept) =>
      kept !== undefined && kept.at >= startedAt ? kept : { at: startedAt, callId },
    )
  }
  await publish('survey.asked', {
    id: `asked.${callId}`,
    subject: callId,
    data: aboutOf(callId, asking),
  })
  figures.asked(asking)
  await calls.update(callId, (kept) =>
    kept === undefined || kept.told.includes('asked')
      ? kept
      : { ...kept, told: [...kept.told, 'asked'] },
  )
}
