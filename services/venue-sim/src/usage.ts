/** What `--help` says. */
export const USAGE = `A Kalshi-compatible exchange on this machine: a sandbox for any client.

  openssl genpkey -algorithm ed25519 -out key.pem
  VENUE_SIM_KEY_ID=demo VENUE_SIM_PUBLIC_KEY_FILE=key.pem kalshi-venue-sim

  http://127.0.0.1:9110/                              the page
  http://127.0.0.1:9110/trade-api/v2                  REST
  ws://127.0.0.1:9110/trade-api/ws/v2                 WebSocket

Settings, from the environment:

  VENUE_SIM_KEY_ID             required: the key id that clients sign with
  VENUE_SIM_PUBLIC_KEY_FILE    required: its PEM file, RSA or Ed25519; of a private key the public half
  HTTP_HOST, HTTP_PORT         127.0.0.1, 9110
  VENUE_SIM_SOURCE             synthetic, or file with VENUE_SIM_FILE: a recording
  VENUE_SIM_SEED               1
  VENUE_SIM_SPEED              60: times real time, 1 to 5000
  VENUE_SIM_START              on-subscribe, immediately or manual
  VENUE_SIM_CASH_DOLLARS       10000
  VENUE_SIM_TIER               basic, advanced, expert, premier or unlimited: the rate limits
  VENUE_SIM_EVENTS_PER_SECOND  an even rate, for load; with VENUE_SIM_SPEED=1
  LOG_LEVEL                    info

No money, no market and no index in it is real.
`
