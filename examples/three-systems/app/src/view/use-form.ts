import { useState, type FormEvent } from 'react';

import type { Complaint } from '../actions/complaint';

/** Sends a form once at a time, and tells what stood in the way. */
export function useForm(send: (data: FormData) => Promise<readonly Complaint[]>) {
  const [complaints, setComplaints] = useState<readonly Complaint[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const data = new FormData(form);
    setIsBusy(true);
    setComplaints([]);
    const found = await send(data);
    setIsBusy(false);
    setComplaints(found);
    // Where it went well, no field keeps a password.
    if (found.length === 0) form.reset();
    else requestAnimationFrame(() => (form.querySelector<HTMLElement>('[aria-invalid]') ?? form.querySelector('input'))?.focus());
  };
  return {
    isBusy,
    onSubmit,
    of: (field: string) => complaints.find(complaint => complaint.field === field)?.words,
    ofNone: (...fields: string[]) => complaints.filter(({ field }) => field === null || !fields.includes(field)).map(({ words }) => words).join(' '),
  };
}

/** What a field holds. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}
