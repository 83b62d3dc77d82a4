import { serverSchema } from '../wire.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { FAULT_RESPONSES } from './responses.ts'

/** `/api/server`: what a streamer's encoder must be told. */
export function addServerRoutes(app: ApiApp, { rtmpPort, registrations }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/server',
    schema: {
      summary:
        'Where encoders connect to, by the host name that was used to ask, and who may sign up',
      response: { 200: serverSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const port = rtmpPort()
      const authority = port === 1935 ? request.hostname : `${request.hostname}:${port}`
      return {
        rtmp_url: `rtmp://${authority}/live`,
        registration: await registrations.mode(),
      }
    },
  })
}
