/** What was wrong with a form: of one of its fields, or as a whole. */
export interface Complaint {
  readonly field: string | null;
  readonly words: string;
}
