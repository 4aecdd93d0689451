import type { Fields, Handler, Layer, LayerRequest } from './layer.ts'
import { Refused } from './layer.ts'
import type { Delivery } from './webhooks.ts'

function item(delivery: Delivery): Fields {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status:
      delivery.status >= 200 && delivery.status < 300 ? 'OK' : `Invalid HTTP Response: ${delivery.status}`,
    status_code: delivery.status,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  }
}

function failed(delivery: Delivery): boolean {
  return delivery.status < 200 || delivery.status >= 300
}

/** `/app/hook/deliveries`: only an App may look, newest first. */
export function deliveryHandlers(layer: Layer): [string, Handler][] {
  const requireApp = async (request: LayerRequest) => {
    await layer.asCaller(request, 'GET', '/app')
  }
  const found = (request: LayerRequest): Delivery => {
    const id = Number(request.operation.params.delivery_id)
    const delivery = layer.webhooks.deliveries().find((candidate) => candidate.id === id)
    if (delivery === undefined) throw new Refused(404, 'Not Found')
    return delivery
  }
  const list: Handler = async (request) => {
    await requireApp(request)
    const status = request.query.get('status')
    const size = Number(request.query.get('per_page') ?? 30)
    const before = Number(request.query.get('cursor') ?? Number.MAX_SAFE_INTEGER)
    const matching = [...layer.webhooks.deliveries()]
      .reverse()
      .filter(
        (delivery) =>
          delivery.id < before && (status === null || failed(delivery) === (status === 'failure')),
      )
    const shown = matching.slice(0, size)
    const next = `${layer.origin}/app/hook/deliveries?per_page=${size}&cursor=${shown.at(-1)?.id}`
    const headers: Record<string, string> = matching.length > size ? { link: `<${next}>; rel="next"` } : {}
    return { status: 200, body: shown.map(item), headers }
  }
  const one: Handler = async (request) => {
    await requireApp(request)
    const delivery = found(request)
    const sent = { headers: { 'X-GitHub-Delivery': delivery.guid }, payload: delivery.payload }
    const body = { ...item(delivery), request: sent, response: { headers: {}, payload: delivery.answer } }
    return { status: 200, body }
  }
  const again: Handler = async (request) => {
    await requireApp(request)
    void layer.webhooks.redeliver(found(request).guid)
    return { status: 202, body: {} }
  }
  return [
    ['GET /app/hook/deliveries', list],
    ['GET /app/hook/deliveries/{delivery_id}', one],
    ['POST /app/hook/deliveries/{delivery_id}/attempts', again],
  ]
}
