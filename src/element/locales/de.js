// German.

export default {
  lang: 'de',
  signIn: 'Anmelden',
  redirecting: 'Anmeldeseite wird geöffnet …',
  waiting: 'Bitte im anderen Fenster fortfahren …',
  exchanging: 'Anmeldung wird abgeschlossen …',
  tryAgain: 'Erneut versuchen',
  signedIn: 'Angemeldet als {name}',
  signOut: 'Abmelden',
  demo: 'Demo',
  cancelled: 'Sie haben abgebrochen. Es wurde nichts weitergegeben.',
  denied: 'Der Zugriff wurde verweigert. Es wurde nichts weitergegeben.',
  network: 'Es kam keine Antwort. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
  storage: 'Der Browser speichert für diese Seite nichts; die Anmeldung braucht das. Erlauben Sie Websitedaten und versuchen Sie es erneut.',
  popup: 'Das Anmeldefenster wurde blockiert oder geschlossen. Lassen Sie es zu und versuchen Sie es erneut.',
  setup: 'Die Anmeldung ist auf dieser Seite nicht richtig eingerichtet. Bitte melden Sie das dem Betreiber.',
  expired: 'Es hat zu lange gedauert oder wurde schon verwendet. Beginnen Sie bitte von vorn.',
  refused: 'Der Anmeldedienst hat abgelehnt. Versuchen Sie es erneut oder fragen Sie dessen Betreiber.',
  rejected: 'Die Antwort hat eine Prüfung nicht bestanden und wurde nicht verwendet. Versuchen Sie es erneut.',
  load: 'Die Anmeldung konnte nicht geladen werden. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
};
