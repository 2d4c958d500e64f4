import { byId, setClass, setHidden, setText } from './dom.js'

const TOKEN_KEY = 'kwm-control-token'
let action = 'halt'
let requestId = ''

export function initControl() {
  byId('control').addEventListener('click', open)
  byId('confirm-go').addEventListener('click', () => void send())
}

/** The button says what it would do now. */
export function renderControl({ status, gateway }, link) {
  const button = byId('control')
  const { isHalted, pending } = status.halt
  action = isHalted ? 'resume' : 'halt'
  const isDisabled = gateway.control === 'disabled'
  button.disabled = isDisabled || link !== 'live' || pending === action
  button.title = isDisabled ? 'Bound beyond loopback without GATEWAY_CONTROL_TOKEN' : ''
  button.dataset.control = gateway.control
  setText(button, isHalted ? 'Resume…' : 'Halt…')
  setClass(button, isHalted ? 'control resume' : 'control')
}

function open() {
  requestId = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace('.', '')
  const isHalt = action === 'halt'
  setText(byId('confirm-title'), isHalt ? 'Halt trading?' : 'Resume trading?')
  setText(
    byId('confirm-text'),
    isHalt
      ? 'Open orders are cancelled and none are approved until you resume. Positions stay.'
      : 'Risk approves orders again, within its limits.',
  )
  setText(byId('confirm-go'), isHalt ? 'Halt trading' : 'Resume trading')
  setClass(byId('confirm-go'), isHalt ? 'control' : 'control resume')
  setText(byId('confirm-error'), '')
  setHidden(byId('confirm-token-row'), byId('control').dataset.control !== 'token')
  byId('confirm-token').value = sessionStorage.getItem(TOKEN_KEY) ?? ''
  byId('confirm-go').dataset.action = action
  byId('confirm').showModal()
  byId('confirm-reason').focus()
}

async function send() {
  const go = byId('confirm-go')
  const token = byId('confirm-token').value
  const reason = byId('confirm-reason').value.trim()
  go.disabled = true
  const error = await post(go.dataset.action, { requestId, ...(reason && { reason }) }, token)
  go.disabled = false
  setText(byId('confirm-error'), error)
  if (error) return
  if (token) sessionStorage.setItem(TOKEN_KEY, token)
  byId('confirm-reason').value = ''
  byId('confirm').close()
}

async function post(what, body, token) {
  try {
    const response = await fetch(`/api/${what}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    return response.ok ? '' : ((await response.json()).error ?? `answered ${response.status}`)
  } catch {
    return 'The gateway does not answer. Nothing is known to be requested.'
  }
}
