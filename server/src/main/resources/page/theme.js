/*
 * Light, dark, or as the system says. A classic script in the head, so that the choice stands before the first paint;
 * kept in local storage where the browser allows it.
 */
(() => {
  'use strict';
  const KEY = 'firstpass.theme';
  const CHOICES = ['system', 'light', 'dark'];

  function stored() {
    try {
      const value = localStorage.getItem(KEY);
      return CHOICES.includes(value) ? value : 'system';
    } catch {
      return 'system';
    }
  }

  function store(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  }

  function apply(choice) {
    document.documentElement.dataset.theme = choice;
  }

  apply(stored());
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    const name = () => {
      const choice = document.documentElement.dataset.theme;
      button.setAttribute('aria-label', `Theme: ${choice}`);
      button.title = `Theme: ${choice}`;
    };
    button.addEventListener('click', () => {
      const next = CHOICES[(CHOICES.indexOf(document.documentElement.dataset.theme) + 1) % CHOICES.length];
      apply(next);
      store(next);
      name();
    });
    name();
  });
})();
