import type { EventData, PluginEvent } from '../../engine/plugin/index.ts'
import { endSurvey } from './end-survey.ts'
import {
  type Asking,
  type FlowEvent,
  newSurveyCall,
  type Progress,
  progressOf,
  type SurveyCall,
  withFlowEvent,
} from './survey-call.ts'
import { aboutOf, type Desk, type Means, type OnCampaignCall } from './survey-desk.ts'

/** Handles a flow event; ignored for calls without a survey. */
export async function handleFlow(
  desk: Desk,
  means: Means,
  event: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const flowEvent = readFlowEvent(event)
  const { calls, options, clock } = desk
  const { callId } = event.data
  const isLanguageChoice =
    flowEvent?.what === 'collected' &&
    flowEvent.name !== undefined &&
    flowEvent.name === options.languages.variable
  const call = await calls.update(callId, (kept) => {
    if (kept?.asking === undefined) {
      return isLanguageChoice && kept?.chosen !== flowEvent.value
        ? { ...(kept ?? newSurveyCall(clock.now())), chosen: flowEvent.value }
        : kept
    }
    return flowEvent === undefined || kept.isOver
      ? kept
      : withFlowEvent(kept, flowEvent, clock.now())
  })
  if (call?.asking !== undefined) {
    await settleCall(desk, means, callId, call, onCampaignCall)
  }
}

function readFlowEvent({
  id,
  type,
  sequence,
  at,
  data,
}: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>): FlowEvent | undefined {
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

/** Publishes and ends a survey as far as its events allow. Can be repeated. */
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
    await publishAsked(desk, means, callId, call, call.asking, progress)
  }
  if (progress.isWhole) {
    await endSurvey(desk, means, callId, onCampaignCall)
  }
}

async function publishAsked(
  { asked, calls, figures, keyOf }: Desk,
  { publish }: Means,
  callId: string,
  { arrived }: SurveyCall,
  asking: Asking,
  { startedAt }: Progress,
): Promise<void> {
  if (arrived !== undefined && arrived.number !== '') {
    await asked.update(keyOf(arrived.number), (kept) =>
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
