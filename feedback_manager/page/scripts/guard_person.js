// The person presses Submit; the page itself sees to it that only one press gets through, only while everything is still as
// verified, and none after the deadline, even when the driver has died meanwhile. Without hold_person.js nothing is handed over.
({ contract, wanted }) => {
  window.feedbackRemovalGuard.check = () => lastCheck(contract, wanted).reason;
}
