// What a person does and sees, the same in all apps.

import { allow } from '../flow.mjs';
import { allowThere } from '../ways.mjs';
import { expect } from './fixtures.mjs';

export const KINDS = ['built-in', 'provider'];

export const button = (page, name) => page.getByRole('button', { name, exact: true });

// The name that the ID token has. The real provider gives it to those who ask UserInfo, and names the person `ada` otherwise.
export const nameAt = (kind) => (kind === 'built-in' ? 'Ada Demo' : 'ada');

// From the press to the way back.
export async function signIn(page, { kind }) {
  await button(page, 'Sign in').click();
  if (kind === 'built-in') await allow(page);
  else await allowThere(page);
}

export async function deny(page, { kind }) {
  await button(page, 'Sign in').click();
  if (kind === 'built-in') await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Deny' }).click();
}

// The element, by what a person reads in it.
export async function expectSignedIn(page, { kind }) {
  const element = page.locator('pkce-login');
  await expect(element.getByText(nameAt(kind), { exact: true })).toBeVisible();
  await expect(button(element, 'Sign out')).toBeVisible();
  await expect(button(element, 'Sign in')).toBeHidden();
}

export async function signOut(page, { kind, url }) {
  await button(page, 'Sign out').click();
  await expect(button(page, 'Sign in')).toBeVisible();
  expect(new URL(page.url()).origin).toBe(new URL(url).origin);
}
